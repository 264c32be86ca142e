package ringproof;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import ringproof.exceptions.Details;
import ringproof.exceptions.VerigatorException;

/**
 * The calls whose answer is a line of text. Credentials and parameters travel in the body of a
 * POST: a query would stand in the logs of proxies.
 */
final class TextCalls {
    /** A word of the server that nothing is known about. */
    static final Pattern WORD = Pattern.compile("[\\x21-\\x7e]{1,200}");

    private static final Pattern REFUSAL = Pattern.compile("(ERROR|FAILED) \\d{3}");
    /** The server or its gateways cannot do it now. It does not say how far the call came. */
    private static final String FAULT = "FAILED 209";
    /**
     * Statuses that calls with a line are answered with. Others are from a proxy, and its page must
     * not pass for "there is no such message".
     */
    private static final Set<Integer> OURS = Set.of(400, 408, 413, 414, 429, 431);
    private static final String[] HEADERS = {
        "Accept", "text/plain", "Content-Type", "application/x-www-form-urlencoded"
    };

    private final Transport transport;

    TextCalls(Transport transport) {
        this.transport = transport;
    }

    /** A call that changes something. */
    <T> T change(String path, Map<String, Object> parameters, Refusals.Codes codes,
            Function<String, T> reader) throws VerigatorException {
        return perform(path, parameters, codes, reader, false);
    }

    /** A call that can be repeated. */
    <T> T read(String path, Map<String, Object> parameters, Refusals.Codes codes,
            Function<String, T> reader) throws VerigatorException {
        return perform(path, parameters, codes, reader, true);
    }

    /** {@code reader} gives null for what it does not know. */
    private <T> T perform(String path, Map<String, Object> parameters, Refusals.Codes codes,
            Function<String, T> reader, boolean isReading) throws VerigatorException {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("username", transport.settings.username);
        all.put("password", transport.settings.password);
        all.putAll(parameters);
        Transport.Call call =
            new Transport.Call("POST", path, HEADERS, Encoding.form(all), isReading);
        return transport.perform(call, incoming -> {
            refuse(incoming, codes, isReading);
            T result = reader.apply(incoming.text);
            if (result == null) {
                throw Refusals.notOurs(incoming, "an unknown text");
            }
            return result;
        });
    }

    private static void refuse(Incoming incoming, Refusals.Codes codes, boolean isReading)
            throws VerigatorException {
        int status = incoming.status;
        if (status >= 400 && status < 500 && !OURS.contains(status)) {
            throw Refusals.notOurs(incoming, "status " + status);
        }
        if (status != 200) {
            Details details = incoming.details().maybeSent(status >= 500);
            throw Refusals.ofStatus(status, "status " + status, details);
        }
        if (REFUSAL.matcher(incoming.text).matches()) {
            boolean maybeSent = !isReading && incoming.text.equals(FAULT);
            Details details = incoming.details().maybeSent(maybeSent);
            throw Refusals.ofCode(incoming.text, codes, details);
        }
    }

    /** The word after {@code OK }; null if there is none of this shape. */
    static String okWord(String text, Pattern shape) {
        String word = text.startsWith("OK ") ? text.substring(3) : "";
        return shape.matcher(word).matches() ? word : null;
    }
}
