package ringproof;

import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.TreeMap;

/** A signed request. Printed, it shows neither the number nor the address. */
public final class WidgetRequest {
    private final String page;
    private final Map<String, String> fields;

    WidgetRequest(String page, Map<String, String> fields) {
        this.page = page;
        this.fields = new TreeMap<>(fields);
    }

    /**
     * The address to which the browser is sent.
     *
     * @return the address
     */
    public String getUrl() {
        StringJoiner query = new StringJoiner("&", page + "?", "");
        fields.forEach((name, value) -> query.add(name + "=" + Encoding.text(value)));
        return query.toString();
    }

    /**
     * The same as fields of a form.
     *
     * @return the fields
     */
    public Map<String, String> getFields() {
        return Map.copyOf(fields);
    }

    /**
     * What comes back with the answer; keep it with the person's session.
     *
     * @return nothing in version 1
     */
    public Optional<String> getNonce() {
        return Optional.ofNullable(fields.get("nonce"));
    }

    @Override
    public String toString() {
        return "WidgetRequest{nonce=" + fields.get("nonce") + "}";
    }
}
