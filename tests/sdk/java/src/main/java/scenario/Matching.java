package scenario;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.math.BigDecimal;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Variables and expectations of the scenario. */
final class Matching {
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([^}]+)\\}");

    private Matching() {}

    /** A value with its variables replaced. */
    static JsonElement filled(JsonElement value, JsonObject variables) {
        if (value.isJsonObject()) {
            JsonObject object = new JsonObject();
            value.getAsJsonObject().entrySet().forEach(entry ->
                object.add(entry.getKey(), filled(entry.getValue(), variables)));
            return object;
        } else if (value.isJsonArray()) {
            JsonArray array = new JsonArray();
            value.getAsJsonArray().forEach(element -> array.add(filled(element, variables)));
            return array;
        } else if (!isText(value)) {
            return value;
        }
        Matcher matcher = VARIABLE.matcher(value.getAsString());
        if (matcher.matches()) {
            return at(variables, matcher.group(1));
        }
        String text = matcher.reset().replaceAll(found ->
            Matcher.quoteReplacement(at(variables, found.group(1)).getAsString()));
        return new JsonPrimitive(text);
    }

    /** The member at a path such as {@code codes.0}; the value itself at an empty one. */
    static JsonElement at(JsonElement value, String path) {
        JsonElement found = value;
        for (String name : path.isEmpty() ? new String[0] : path.split("\\.")) {
            found = found.isJsonArray()
                ? found.getAsJsonArray().get(Integer.parseInt(name))
                : found.getAsJsonObject().get(name);
            if (found == null) {
                throw new AssertionError("there is no " + path);
            }
        }
        return found;
    }

    /** What is not as expected, or null. */
    static String difference(JsonElement expected, JsonElement given) {
        JsonElement found = given == null ? JsonNull.INSTANCE : given;
        String wrong = found + " is not " + expected;
        if (expected.isJsonArray()) {
            return ofArrays(expected.getAsJsonArray(), found, wrong);
        } else if (!expected.isJsonObject()) {
            return isEqual(expected, found) ? null : wrong;
        }
        JsonObject object = expected.getAsJsonObject();
        if (object.has("matches")) {
            Pattern pattern = Pattern.compile(object.get("matches").getAsString());
            return isText(found) && pattern.matcher(found.getAsString()).find() ? null : wrong;
        } else if (object.has("length")) {
            int length = object.get("length").getAsInt();
            return found.isJsonArray() && found.getAsJsonArray().size() == length ? null : wrong;
        } else if (object.has("between")) {
            JsonArray range = object.getAsJsonArray("between");
            return isNumber(found) && found.getAsLong() >= range.get(0).getAsLong()
                && found.getAsLong() <= range.get(1).getAsLong() ? null : wrong;
        } else if (!found.isJsonObject()) {
            return wrong;
        }
        for (Map.Entry<String, JsonElement> member : object.entrySet()) {
            String inside =
                difference(member.getValue(), found.getAsJsonObject().get(member.getKey()));
            if (inside != null) {
                return member.getKey() + ": " + inside;
            }
        }
        return null;
    }

    private static String ofArrays(JsonArray expected, JsonElement found, String wrong) {
        if (!found.isJsonArray() || found.getAsJsonArray().size() != expected.size()) {
            return wrong;
        }
        for (int i = 0; i < expected.size(); i++) {
            String inside = difference(expected.get(i), found.getAsJsonArray().get(i));
            if (inside != null) {
                return inside;
            }
        }
        return null;
    }

    private static boolean isEqual(JsonElement expected, JsonElement found) {
        return isNumber(expected) && isNumber(found)
            ? new BigDecimal(expected.getAsString())
                .compareTo(new BigDecimal(found.getAsString())) == 0
            : expected.equals(found);
    }

    private static boolean isText(JsonElement value) {
        return value.isJsonPrimitive() && value.getAsJsonPrimitive().isString();
    }

    private static boolean isNumber(JsonElement value) {
        return value.isJsonPrimitive() && value.getAsJsonPrimitive().isNumber();
    }
}
