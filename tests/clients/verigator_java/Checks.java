import java.util.Objects;
import java.util.concurrent.Callable;

/** Prints one line a check and counts how many held. */
final class Checks {
    private int passed;
    private int failed;

    /** Something that may throw and gives nothing. */
    interface Act {
        void run() throws Exception;
    }

    /** The flow cannot go on; the failed check is already counted. */
    static final class Stopped extends RuntimeException {}

    boolean that(String claim, boolean holds, String detail) {
        if (holds) {
            passed++;
            System.out.println("ok      " + claim);
        } else {
            failed++;
            System.out.println("FAILED  " + claim + " (" + detail + ")");
        }
        return holds;
    }

    void equal(String claim, Object found, Object wanted) {
        that(claim, Objects.equals(found, wanted), "found " + found + ", wanted " + wanted);
    }

    /** Runs what must not throw, and gives what it returns. */
    <T> T gives(String claim, Callable<T> act) {
        try {
            T value = act.call();
            that(claim, true, "");
            return value;
        } catch (Exception error) {
            that(claim, false, "threw " + error);
            throw new Stopped();
        }
    }

    void does(String claim, Act act) {
        gives(claim, () -> {
            act.run();
            return null;
        });
    }

    /** Runs what must throw exactly `wanted`; its text must be JSON with a text `message`. */
    String fails(String claim, Class<? extends VerigatorException> wanted, Act act) {
        try {
            act.run();
        } catch (Exception error) {
            String body = String.valueOf(error.getMessage());
            that(claim, error.getClass() == wanted && hasMessage(body), "threw " + error);
            return body;
        }
        that(claim, false, "threw nothing");
        return "";
    }

    private static boolean hasMessage(String body) {
        try {
            Object value = Json.parse(body);
            return value instanceof java.util.Map<?, ?> object
                && object.get("message") instanceof String message
                && !message.isEmpty();
        } catch (Json.JsonSyntaxException error) {
            return false;
        }
    }

    /** Prints the counts and gives the exit code. */
    int report() {
        System.out.println(passed + " passed, " + failed + " failed");
        return failed == 0 && passed > 0 ? 0 : 1;
    }
}
