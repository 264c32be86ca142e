package ringproof;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import ringproof.exceptions.Details;
import ringproof.exceptions.VerigatorException;

/** The calls with JSON: credentials in a header, refusals as statuses. */
final class JsonCalls {
    private static final Pattern WORD = Pattern.compile("[a-z_]{1,64}");

    private final Transport transport;

    JsonCalls(Transport transport) {
        this.transport = transport;
    }

    JsonAnswer get(String path) throws VerigatorException {
        return perform("GET", path, null);
    }

    JsonAnswer delete(String path) throws VerigatorException {
        return perform("DELETE", path, null);
    }

    /** {@code hidden} are the arguments that no exception may repeat. */
    JsonAnswer perform(String method, String path, JsonObject body, String... hidden)
            throws VerigatorException {
        Settings settings = transport.settings;
        List<String> headers = new ArrayList<>(List.of(
            "X-Service-Auth", settings.username + ":" + settings.password,
            "Accept", "application/json"));
        if (body != null) {
            headers.addAll(List.of("Content-Type", "application/json"));
        }
        List<String> secrets = new ArrayList<>(List.of(settings.password));
        for (String secret : hidden) {
            secrets.add(secret);
        }
        Transport.Call call = new Transport.Call(method, path, headers.toArray(new String[0]),
            body == null ? null : body.toString(), method.equals("GET"));
        return transport.perform(call, incoming -> read(incoming, secrets));
    }

    private static JsonAnswer read(Incoming incoming, List<String> secrets)
            throws VerigatorException {
        int status = incoming.status;
        JsonObject body = parsed(incoming.text);
        if (status == 200 || status == 201 || status == 202) {
            if (body == null) {
                throw Refusals.notOurs(incoming, "the answer is no JSON object");
            }
            return new JsonAnswer(body, incoming);
        }
        String why = body == null ? null : text(body.get("message"));
        // The page of a proxy must not pass for "there is no such user".
        if (why == null && status >= 400 && status < 500 && status != 408 && status != 429) {
            throw Refusals.notOurs(incoming, "status " + status);
        }
        String reason = word(body, "code");
        // A gateway that gave up, a fault in the middle and a server that took too long leave open
        // what became of the call. Only when no message could go, surely nothing was done.
        boolean maybeSent = status >= 500 && !"sms_unavailable".equals(reason);
        Details details = incoming.details().maybeSent(maybeSent)
            .because(reason, word(body, "field"));
        String message = why == null ? "status " + status : Redaction.scrubbed(why, secrets);
        throw Refusals.ofStatus(status, message, details);
    }

    /** Null unless it is an object. What went wrong would be told with a piece of the text. */
    static JsonObject parsed(String text) {
        try {
            JsonReader reader = new JsonReader(new StringReader(text));
            reader.setStrictness(Strictness.STRICT);
            JsonElement element = JsonParser.parseReader(reader);
            boolean isWhole = reader.peek() == JsonToken.END_DOCUMENT;
            return isWhole && element.isJsonObject() ? element.getAsJsonObject() : null;
        } catch (JsonParseException | IOException error) {
            return null;
        }
    }

    /** Null unless it is a text. */
    static String text(JsonElement element) {
        boolean isText = element != null && element.isJsonPrimitive()
            && element.getAsJsonPrimitive().isString();
        return isText ? element.getAsString() : null;
    }

    private static String word(JsonObject body, String name) {
        String value = body == null ? null : text(body.get(name));
        return value != null && WORD.matcher(value).matches() ? value : null;
    }
}
