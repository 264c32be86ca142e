import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A strict JSON reader and a writer for flat objects of texts; the JDK has neither. */
final class Json {
    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    /** Gives Map, List, String, Long, Double, Boolean or null; throws JsonSyntaxException. */
    static Object parse(String text) {
        Json reader = new Json(text);
        Object value = reader.value();
        reader.skipBlanks();
        if (reader.at != text.length()) {
            throw new JsonSyntaxException("text after the value at " + reader.at);
        }
        return value;
    }

    /** Writes `{"a":"b",…}` without blanks and in the order given, as the client's library does. */
    static String object(String... namesAndValues) {
        StringBuilder out = new StringBuilder("{");
        for (int i = 0; i < namesAndValues.length; i += 2) {
            out.append(i == 0 ? "" : ",").append(quote(namesAndValues[i]));
            out.append(':').append(quote(namesAndValues[i + 1]));
        }
        return out.append('}').toString();
    }

    /** The client's library leaves non-ASCII as it is, and escapes what HTML reads as its own. */
    private static String quote(String value) {
        StringBuilder out = new StringBuilder("\"");
        for (char c : value.toCharArray()) {
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < 0x20 || "<>&='".indexOf(c) >= 0) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }

    private Object value() {
        skipBlanks();
        switch (peek()) {
            case '{':
                return object();
            case '[':
                return array();
            case '"':
                return string();
            case 't':
                return word("true", Boolean.TRUE);
            case 'f':
                return word("false", Boolean.FALSE);
            case 'n':
                return word("null", null);
            default:
                return number();
        }
    }

    private Map<String, Object> object() {
        Map<String, Object> members = new LinkedHashMap<>();
        take('{');
        skipBlanks();
        if (peek() == '}') {
            at++;
            return members;
        }
        while (true) {
            skipBlanks();
            String name = string();
            skipBlanks();
            take(':');
            if (members.containsKey(name)) {
                throw new JsonSyntaxException("member twice: " + name);
            }
            members.put(name, value());
            skipBlanks();
            if (peek() == '}') {
                at++;
                return members;
            }
            take(',');
        }
    }

    private List<Object> array() {
        List<Object> items = new ArrayList<>();
        take('[');
        skipBlanks();
        if (peek() == ']') {
            at++;
            return items;
        }
        while (true) {
            items.add(value());
            skipBlanks();
            if (peek() == ']') {
                at++;
                return items;
            }
            take(',');
        }
    }

    private String string() {
        take('"');
        StringBuilder out = new StringBuilder();
        while (true) {
            char c = next();
            if (c == '"') {
                return out.toString();
            } else if (c < 0x20) {
                throw new JsonSyntaxException("bare control character at " + at);
            } else if (c != '\\') {
                out.append(c);
                continue;
            }
            char escaped = next();
            int plain = "\"\\/bfnrt".indexOf(escaped);
            if (escaped == 'u') {
                String digits = "" + next() + next() + next() + next();
                out.append((char) Integer.parseInt(digits, 16));
            } else if (plain >= 0) {
                out.append("\"\\/\b\f\n\r\t".charAt(plain));
            } else {
                throw new JsonSyntaxException("unknown escape at " + at);
            }
        }
    }

    private Object number() {
        int from = at;
        while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        String digits = text.substring(from, at);
        if (digits.matches("-?(0|[1-9][0-9]*)")) {
            return Long.valueOf(digits);
        } else if (digits.matches("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?")) {
            return Double.valueOf(digits);
        }
        throw new JsonSyntaxException("no value at " + from);
    }

    private Object word(String word, Object meaning) {
        if (!text.startsWith(word, at)) {
            throw new JsonSyntaxException("no value at " + at);
        }
        at += word.length();
        return meaning;
    }

    private void skipBlanks() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private void take(char wanted) {
        if (next() != wanted) {
            throw new JsonSyntaxException("expected " + wanted + " at " + (at - 1));
        }
    }

    private char next() {
        char c = peek();
        at++;
        return c;
    }

    private char peek() {
        if (at >= text.length()) {
            throw new JsonSyntaxException("the text ends too early");
        }
        return text.charAt(at);
    }

    /** The body is not what a typed field of the client can hold. */
    static final class JsonSyntaxException extends RuntimeException {
        JsonSyntaxException(String message) {
            super(message);
        }
    }
}
