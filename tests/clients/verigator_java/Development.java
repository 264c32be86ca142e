import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The inbox and the clock of a server that runs with `--dev`. */
final class Development {
    private static final Pattern PIN = Pattern.compile("\\b[1-9][0-9]{5}\\b");
    /** The longest wait the inbox grants in one request, and how often it is asked. */
    private static final int WAIT_SECONDS = 8;
    private static final int WAITS_MAX = 2;

    private final String baseUrl;
    private final HttpClient client =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    Development(String baseUrl) {
        this.baseUrl = baseUrl.replaceAll("/+$", "");
    }

    /** The mark after which the next message to this number will be. */
    long lastSeq(String number) throws Exception {
        return (Long) inbox(number, "").get("last_seq");
    }

    /** Waits for the first message to this number after the mark; null when none comes in time. */
    String pinAfter(String number, long mark) throws Exception {
        for (int i = 0; i < WAITS_MAX; i++) {
            Map<?, ?> answer = inbox(number, "&after=" + mark + "&wait_seconds=" + WAIT_SECONDS);
            List<?> messages = (List<?>) answer.get("messages");
            if (!messages.isEmpty()) {
                Map<?, ?> first = (Map<?, ?>) messages.get(messages.size() - 1);
                Matcher matcher = PIN.matcher((String) first.get("text"));
                return matcher.find() ? matcher.group() : null;
            }
        }
        return null;
    }

    /** Moves the server's clock forward. */
    void advance(int seconds) throws Exception {
        String body = "{\"advance_seconds\":" + seconds + "}";
        fetch(HttpRequest.newBuilder(URI.create(baseUrl + "/dev/clock"))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build());
    }

    private Map<?, ?> inbox(String number, String more) throws Exception {
        String to = URLEncoder.encode(number, StandardCharsets.UTF_8);
        URI target = URI.create(baseUrl + "/dev/inbox?to=" + to + more);
        return fetch(HttpRequest.newBuilder(target).build());
    }

    private Map<?, ?> fetch(HttpRequest request) throws Exception {
        HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IOException(request.uri() + " answered " + answer.statusCode());
        }
        return (Map<?, ?>) Json.parse(answer.body());
    }

    /** A PIN of the same shape that is another one. */
    static String wrongPin(String pin) {
        return String.valueOf(100_000 + (Integer.parseInt(pin) - 100_000 + 1) % 900_000);
    }
}
