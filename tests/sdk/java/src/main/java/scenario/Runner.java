package scenario;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Runs the scenario of sdk/scenario through the Java library: {@code Runner SCENARIO SETTING}. */
public final class Runner {
    private Runner() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length != 2) {
            System.err.println("usage: Runner SCENARIO_FILE SETTING_FILE");
            System.exit(2);
        }
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        JsonArray cases = read(arguments[0]).getAsJsonArray("cases");
        JsonObject setting = read(arguments[1]);
        // For every number the last message that was given out.
        Map<String, Long> seen = new HashMap<>();
        int passed = 0;
        int failed = 0;
        for (JsonElement element : cases) {
            JsonObject one = element.getAsJsonObject();
            try {
                new Case(setting, seen).run(one.getAsJsonArray("steps"));
                passed++;
            } catch (Exception | AssertionError failure) {
                failed++;
                out.println("FAILED " + one.get("name").getAsString() + ": " + failure);
                failure.printStackTrace(out);
            }
        }
        out.println(passed + " passed, " + failed + " failed");
        System.exit(failed == 0 && passed == cases.size() ? 0 : 1);
    }

    private static JsonObject read(String file) throws Exception {
        return JsonParser.parseString(Files.readString(Path.of(file))).getAsJsonObject();
    }
}
