"""Says what texts take by the reckoning of PyPI's smsutil.

Standard input: one text in each line, as JSON. Standard output: `GSM 2` for each.
"""

import json
import sys

import smsutil

for line in sys.stdin:
    counted = smsutil.split(json.loads(line))
    alphabet = "GSM" if counted.encoding == "gsm0338" else "UCS2"
    print(alphabet, len(counted.parts))
