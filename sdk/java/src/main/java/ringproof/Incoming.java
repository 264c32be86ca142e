package ringproof;

import java.net.http.HttpHeaders;
import java.util.Map;
import java.util.regex.Pattern;
import ringproof.exceptions.Details;

/** An answer: what its head tells, and its text. */
final class Incoming {
    private static final Pattern SECONDS = Pattern.compile("\\d{1,9}");
    /** So that an exception has no odd text. */
    private static final Pattern NAME = Pattern.compile("[\\w-]{1,64}");

    /** For a text that was read already. */
    static final Incoming NONE =
        new Incoming(200, "", HttpHeaders.of(Map.of(), (name, value) -> true));

    final int status;
    final String text;
    private final String requestId;
    private final long retryAfterSeconds;

    Incoming(int status, String text, HttpHeaders headers) {
        this.status = status;
        this.text = text;
        this.requestId = headers.firstValue("x-request-id")
            .filter(name -> NAME.matcher(name).matches()).orElse(null);
        this.retryAfterSeconds = headers.firstValue("retry-after")
            .filter(seconds -> SECONDS.matcher(seconds).matches()).map(Long::parseLong).orElse(-1L);
    }

    Details details() {
        return Details.ofAnswer(status, requestId, retryAfterSeconds);
    }

    /** Less than 0 if the server did not say. */
    long retryAfterSeconds() {
        return retryAfterSeconds;
    }
}
