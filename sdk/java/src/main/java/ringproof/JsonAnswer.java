package ringproof;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import ringproof.exceptions.InvalidResponseException;

/** An answer that is a JSON object; its members have the type that they must have. */
final class JsonAnswer {
    final Incoming incoming;
    private final JsonObject body;

    JsonAnswer(JsonObject body, Incoming incoming) {
        this.body = body;
        this.incoming = incoming;
    }

    String text(String name) throws InvalidResponseException {
        String value = JsonCalls.text(body.get(name));
        if (value == null) {
            throw wrong(name, "is no text");
        }
        return value;
    }

    /** Null if it is missing or null. */
    String optionalText(String name) throws InvalidResponseException {
        JsonElement element = body.get(name);
        return element == null || element.isJsonNull() ? null : text(name);
    }

    boolean flag(String name) throws InvalidResponseException {
        JsonElement element = body.get(name);
        if (element == null || !element.isJsonPrimitive()
                || !element.getAsJsonPrimitive().isBoolean()) {
            throw wrong(name, "is neither true nor false");
        }
        return element.getAsBoolean();
    }

    int number(String name) throws InvalidResponseException {
        JsonElement element = body.get(name);
        try {
            if (element != null && element.isJsonPrimitive()
                    && element.getAsJsonPrimitive().isNumber()) {
                return element.getAsBigDecimal().intValueExact();
            }
        } catch (ArithmeticException error) {
            throw wrong(name, "is no whole number");
        }
        throw wrong(name, "is no whole number");
    }

    /** A whole number, or the text of one: the widget's manual shows the one, servers send the other. */
    int digits(String name) throws InvalidResponseException {
        String text = JsonCalls.text(body.get(name));
        if (text == null) {
            return number(name);
        } else if (!text.matches("\\d{1,9}")) {
            throw wrong(name, "is no whole number");
        }
        return Integer.parseInt(text);
    }

    List<String> texts(String name) throws InvalidResponseException {
        List<String> texts = new ArrayList<>();
        for (JsonElement element : array(name)) {
            String text = JsonCalls.text(element);
            if (text == null) {
                throw wrong(name, "is no list of texts");
            }
            texts.add(text);
        }
        return List.copyOf(texts);
    }

    List<JsonAnswer> list(String name) throws InvalidResponseException {
        List<JsonAnswer> answers = new ArrayList<>();
        for (JsonElement element : array(name)) {
            if (!element.isJsonObject()) {
                throw wrong(name, "is no list of objects");
            }
            answers.add(new JsonAnswer(element.getAsJsonObject(), incoming));
        }
        return answers;
    }

    /** An object inside; null if it is missing. */
    JsonAnswer inside(String name) {
        JsonElement element = body.get(name);
        return element != null && element.isJsonObject()
            ? new JsonAnswer(element.getAsJsonObject(), incoming) : null;
    }

    InvalidResponseException wrong(String name, String what) {
        return Refusals.notOurs(incoming, "member " + name + " " + what);
    }

    private Iterable<JsonElement> array(String name) throws InvalidResponseException {
        JsonElement element = body.get(name);
        if (element == null || !element.isJsonArray()) {
            throw wrong(name, "is no list");
        }
        return element.getAsJsonArray();
    }
}
