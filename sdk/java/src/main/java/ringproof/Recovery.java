package ringproof;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import ringproof.exceptions.VerigatorException;

/** Recovery codes of a user, for the day on which phone and app are gone. */
public final class Recovery {
    private final JsonCalls calls;
    private final String path;

    Recovery(JsonCalls calls, String userPath) {
        this.calls = calls;
        this.path = userPath + "/recovery";
    }

    /** A set of codes, shown once. Printed, it tells only how many there are. */
    public static final class Codes {
        private final List<String> codes;

        private Codes(List<String> codes) {
            this.codes = codes;
        }

        /**
         * The codes, for paper.
         *
         * @return the codes
         */
        public List<String> getCodes() {
            return codes;
        }

        @Override
        public String toString() {
            return "Recovery.Codes{left=" + codes.size() + "}";
        }
    }

    /** How many codes are left. */
    public static final class State {
        private final int left;
        private final String ctime;

        private State(int left, String ctime) {
            this.left = left;
            this.ctime = ctime;
        }

        /**
         * How many codes are left.
         *
         * @return 0 without a set
         */
        public int getLeft() {
            return left;
        }

        /**
         * When the set was made, RFC 3339.
         *
         * @return nothing without a set
         */
        public Optional<String> getCtime() {
            return Optional.ofNullable(ctime);
        }
    }

    /** A code that was checked. */
    public static final class Use {
        private final PinResult result;
        private final int left;
        private final long retryAfterSeconds;

        private Use(PinResult result, int left, long retryAfterSeconds) {
            this.result = result;
            this.left = left;
            this.retryAfterSeconds = retryAfterSeconds;
        }

        /**
         * Whether the code was right: let the person in only then.
         *
         * @return whether it was
         */
        public boolean isVerified() {
            return result == PinResult.VERIFIED;
        }

        /**
         * What became of it.
         *
         * @return never {@link PinResult#EXPIRED}
         */
        public PinResult getResult() {
            return result;
        }

        /**
         * How many codes are left.
         *
         * @return nothing if the code was wrong
         */
        public OptionalInt getLeft() {
            return isVerified() ? OptionalInt.of(left) : OptionalInt.empty();
        }

        /**
         * Seconds after which a throttled user can go on.
         *
         * @return nothing if the server did not say
         */
        public OptionalLong getRetryAfterSeconds() {
            return retryAfterSeconds < 0
                ? OptionalLong.empty() : OptionalLong.of(retryAfterSeconds);
        }
    }

    /**
     * Makes a new set, which ends the one before. Only for a person who has just logged in.
     *
     * @return the codes
     * @throws VerigatorException if it cannot be made
     */
    public Codes create() throws VerigatorException {
        return new Codes(calls.perform("POST", path, null).texts("codes"));
    }

    /**
     * How many codes are left.
     *
     * @return the state
     * @throws VerigatorException if it cannot be read
     */
    public State state() throws VerigatorException {
        JsonAnswer answer = calls.get(path);
        return new State(answer.number("left"), answer.optionalText("ctime"));
    }

    /**
     * Checks a recovery code. A right one is used up, and ends blocks and locks.
     *
     * @param code what the person typed
     * @return whether it is right
     * @throws VerigatorException if it cannot be checked
     */
    public Use use(String code) throws VerigatorException {
        JsonObject body = new JsonObject();
        body.addProperty("code", Objects.requireNonNull(code, "code"));
        JsonAnswer answer = calls.perform("PUT", path, body, code);
        long retryAfterSeconds = answer.incoming.retryAfterSeconds();
        if (answer.flag("verified")) {
            return new Use(PinResult.VERIFIED, answer.number("left"), retryAfterSeconds);
        }
        PinResult result = PinResult.failureOf(answer.text("result"));
        if (result == null) {
            throw answer.wrong("result", "says nothing");
        }
        return new Use(result, 0, retryAfterSeconds);
    }
}
