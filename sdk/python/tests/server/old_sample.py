# The sample of the old library's README, in its calls and their order. Two things are changed: the
# import, which was `from messente.verigator.api import Api`, and the address, which is the
# environment's. `test_samples.py` fills the three words in capitals in and runs it.
from ringproof.api import Api

# who calls
api = Api("USERNAME", "PASSWORD")

# what people log in to
service = api.services.create("http://example.com", "service_name")

# who logs in
user = api.users.create(service.id, "NUMBER", "username")

# a message with a code; api.auth.METHOD_TOTP for the code of an app
api.auth.initiate(service.id, user.id, api.auth.METHOD_SMS)

# until the code is right
while True:
    try:
        input = raw_input  # Python 2
    except NameError:
        pass

    token = input("Enter Sms Pin: ")

    verified = api.auth.verify(service.id, user.id, token)

    if verified:
        break

    print("Not Verified...")

print("Verified Successfully!")
