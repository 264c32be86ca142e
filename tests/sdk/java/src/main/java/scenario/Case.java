package scenario;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import ringproof.Verigator;
import ringproof.exceptions.VerigatorException;

/** One case: its steps one after the other, with the variables that they share. */
final class Case {
    private static final long PAUSE_MS = 50;
    /** What an exception must not repeat, if it has this many characters. */
    private static final int SECRET_LENGTH_MIN = 4;
    private static final List<String> SECRETS =
        List.of("token", "pin", "code", "secret", "number", "to");

    private final JsonObject setting;
    private final Beside beside;
    private final JsonObject variables = new JsonObject();
    private Library library;
    private String password;

    Case(JsonObject setting, Map<String, Long> seen) {
        this.setting = setting;
        this.beside = new Beside(setting, seen);
        connect(new JsonObject());
    }

    void run(JsonArray steps) throws Exception {
        for (JsonElement element : steps) {
            JsonObject step = element.getAsJsonObject();
            if (step.has("client")) {
                connect(step.getAsJsonObject("client"));
            } else if (step.has("each")) {
                each(step);
            } else {
                call(step);
            }
        }
    }

    private void each(JsonObject step) throws Exception {
        JsonElement of = step.get("of");
        JsonArray elements = new JsonArray();
        if (of.isJsonArray()) {
            elements = of.getAsJsonArray();
        } else {
            for (int i = 0; i < of.getAsInt(); i++) {
                elements.add(i);
            }
        }
        for (JsonElement element : elements) {
            variables.add(step.get("each").getAsString(), element);
            run(step.getAsJsonArray("steps"));
        }
    }

    private void connect(JsonObject client) {
        String name = client.has("account") ? client.get("account").getAsString() : "main";
        JsonObject account = setting.getAsJsonObject("accounts").getAsJsonObject(name);
        password = account.get("password").getAsString();
        JsonObject addresses = setting.getAsJsonObject("addresses");
        JsonArray names = new JsonArray();
        if (client.has("addresses")) {
            names = client.getAsJsonArray("addresses");
        } else {
            names.add("main");
        }
        String[] urls = new String[names.size()];
        for (int i = 0; i < urls.length; i++) {
            urls[i] = addresses.get(names.get(i).getAsString()).getAsString();
        }
        String[] others = List.of(urls).subList(1, urls.length).toArray(new String[0]);
        Verigator.Builder builder =
            Verigator.builder(account.get("username").getAsString(), password)
                .endpoint(urls[0], others);
        if (account.has("widget_secret")) {
            builder.widgetSecret(account.get("widget_secret").getAsString());
        }
        if (client.has("timeout_seconds")) {
            double seconds = client.get("timeout_seconds").getAsDouble();
            builder.timeout(Duration.ofMillis((long) (seconds * 1000)));
        }
        Verigator verigator = builder.build();
        mustHide(verigator + " " + builder, new JsonObject());
        library = new Library(verigator);
    }

    private void call(JsonObject step) throws Exception {
        String name = step.get("call").getAsString();
        JsonObject given = step.has("args") ? step.getAsJsonObject("args") : new JsonObject();
        JsonObject arguments = Matching.filled(given, variables).getAsJsonObject();
        long seconds = step.has("within_seconds") ? step.get("within_seconds").getAsLong() : 0;
        long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
        while (true) {
            JsonElement result = JsonNull.INSTANCE;
            JsonElement error = JsonNull.INSTANCE;
            try {
                result = library.knows(name)
                    ? library.call(name, arguments) : beside.call(name, arguments);
            } catch (VerigatorException exception) {
                mustHide(printed(exception), arguments);
                error = Errors.describe(exception);
            }
            String wrong = judge(step, result, error);
            if (wrong == null) {
                save(step, result);
                return;
            }
            if (System.nanoTime() >= end) {
                throw new AssertionError(name + " " + given + ": " + wrong);
            }
            Thread.sleep(PAUSE_MS);
        }
    }

    private void save(JsonObject step, JsonElement result) {
        if (step.has("save")) {
            step.getAsJsonObject("save").entrySet().forEach(entry ->
                variables.add(entry.getKey(), Matching.at(result, entry.getValue().getAsString())));
        }
    }

    private String judge(JsonObject step, JsonElement result, JsonElement error) {
        if (step.has("expect_error")) {
            return error.isJsonNull()
                ? "gave " + result + " instead of an error"
                : Matching.difference(
                    Matching.filled(step.get("expect_error"), variables), error);
        }
        if (!error.isJsonNull()) {
            return "failed: " + error;
        }
        return step.has("expect")
            ? Matching.difference(Matching.filled(step.get("expect"), variables), result) : null;
    }

    private void mustHide(String text, JsonObject arguments) {
        if (text.contains(password)) {
            throw new AssertionError("the password can be read in: " + text);
        }
        for (String name : SECRETS) {
            JsonElement value = arguments.get(name);
            if (value instanceof JsonPrimitive
                    && value.getAsString().length() >= SECRET_LENGTH_MIN
                    && text.contains(value.getAsString())) {
                throw new AssertionError(name + " can be read in: " + text);
            }
        }
    }

    private static String printed(VerigatorException exception) {
        StringWriter writer = new StringWriter();
        exception.printStackTrace(new PrintWriter(writer));
        return exception.getMessage() + writer;
    }
}
