package ringproof;

import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import ringproof.exceptions.VerigatorException;

/** The authenticators of a user. Change them only for a person who has just logged in. */
public final class Authenticators {
    private final JsonCalls calls;
    private final String userPath;

    Authenticators(JsonCalls calls, String userPath) {
        this.calls = calls;
        this.userPath = userPath;
    }

    /** The list of a user. */
    public static final class Listed {
        private final List<Authenticator> authenticators = new ArrayList<>();
        private final List<WaitingDevice> waiting = new ArrayList<>();

        private Listed(JsonAnswer answer) throws VerigatorException {
            for (JsonAnswer one : answer.list("authenticators")) {
                authenticators.add(new Authenticator(one));
            }
            for (JsonAnswer one : answer.list("waiting")) {
                waiting.add(new WaitingDevice(one));
            }
        }

        /**
         * What makes codes for the user.
         *
         * @return the authenticators
         */
        public List<Authenticator> getAuthenticators() {
            return List.copyOf(authenticators);
        }

        /**
         * Devices of the user's number that have no codes yet.
         *
         * @return the devices
         */
        public List<WaitingDevice> getWaiting() {
            return List.copyOf(waiting);
        }
    }

    /**
     * Makes an authenticator, which counts when {@link #confirm} has had a code of it.
     *
     * @param name what the person calls it
     * @return the authenticator, with what is shown once
     * @throws VerigatorException if it cannot be made
     */
    public NewAuthenticator create(String name) throws VerigatorException {
        return create(name, null, null);
    }

    /**
     * Makes an authenticator, or takes one that has a seed already.
     *
     * @param name what the person calls it, or null
     * @param algorithm {@code SHA1}, {@code SHA256}, {@code SHA512}, or null
     * @param secret the seed that it has, base 32, or null
     * @return the authenticator, with what is shown once
     * @throws VerigatorException if it cannot be made
     */
    public NewAuthenticator create(String name, String algorithm, String secret)
            throws VerigatorException {
        JsonObject body = new JsonObject();
        add(body, "name", name);
        add(body, "algorithm", algorithm);
        add(body, "secret", secret);
        return new NewAuthenticator(
            calls.perform("POST", userPath + "/authenticators", body, secret));
    }

    /**
     * Confirms an authenticator by a code of it. The fifth wrong one removes it.
     *
     * @param authenticatorId its id
     * @param token what the person typed
     * @return the authenticator
     * @throws ringproof.exceptions.InvalidDataException if the code is wrong; the field is
     *     {@code token}
     * @throws VerigatorException if it cannot be confirmed
     */
    public Authenticator confirm(String authenticatorId, String token) throws VerigatorException {
        JsonObject body = new JsonObject();
        body.addProperty("token", Objects.requireNonNull(token, "token"));
        return new Authenticator(calls.perform("PUT", path(authenticatorId), body, token));
    }

    /**
     * The authenticators of the user, and the devices of its number that wait.
     *
     * @return both
     * @throws VerigatorException if they cannot be read
     */
    public Listed list() throws VerigatorException {
        return new Listed(calls.get(userPath + "/authenticators"));
    }

    /**
     * Removes an authenticator.
     *
     * @param authenticatorId its id
     * @throws VerigatorException if it cannot be removed
     */
    public void delete(String authenticatorId) throws VerigatorException {
        calls.delete(path(authenticatorId));
    }

    /**
     * Refuses a device that waits: the person says that it is not theirs.
     *
     * @param deviceId its id
     * @throws VerigatorException if it cannot be refused
     */
    public void refuseDevice(String deviceId) throws VerigatorException {
        calls.delete(userPath + "/devices/" + Encoding.segment(deviceId));
    }

    private String path(String authenticatorId) throws VerigatorException {
        return userPath + "/authenticators/" + Encoding.segment(authenticatorId);
    }

    private static void add(JsonObject body, String name, String value) {
        if (value != null) {
            body.addProperty(name, value);
        }
    }
}
