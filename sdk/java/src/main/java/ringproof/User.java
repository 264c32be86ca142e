package ringproof;

import com.google.gson.JsonObject;
import java.util.Objects;
import ringproof.exceptions.NoSuchResourceException;
import ringproof.exceptions.VerigatorException;
import ringproof.serializers.AuthenticationResponse;
import ringproof.serializers.VerificationResponse;

/** A user of a service. It has a phone number, which no answer tells. */
public final class User {
    private static final String SMS = "sms";
    private static final String TOTP = "totp";

    private final Service service;
    private final String id;
    private final String username;
    private final String ctime;
    private final String path;

    User(Service service, JsonAnswer answer) throws VerigatorException {
        this.service = service;
        this.id = answer.text("id");
        this.username = answer.text("id_in_service");
        this.ctime = answer.text("ctime");
        this.path = service.path() + "/users/" + Encoding.segment(id);
    }

    User(Service service, String id) throws NoSuchResourceException {
        this.service = service;
        this.id = id;
        this.username = null;
        this.ctime = null;
        this.path = service.path() + "/users/" + Encoding.segment(id);
    }

    /**
     * Starts an authentication by a message with a PIN.
     *
     * @return the method really used
     * @throws ringproof.exceptions.ThrottledException too many messages or wrong PINs
     * @throws ringproof.exceptions.UnavailableException no gateway takes messages now
     * @throws VerigatorException if it cannot be started
     */
    public AuthenticationResponse authenticateUsingSMS() throws VerigatorException {
        return authenticate(SMS);
    }

    /**
     * Starts an authentication by the person's authenticator; a message if there is none. Ask the
     * person for what {@link AuthenticationResponse#getMethod} says.
     *
     * @return the method really used
     * @throws ringproof.exceptions.ThrottledException too many messages or wrong PINs
     * @throws ringproof.exceptions.UnavailableException no gateway takes messages now
     * @throws VerigatorException if it cannot be started
     */
    public AuthenticationResponse authenticateUsingTotp() throws VerigatorException {
        return authenticate(TOTP);
    }

    /**
     * Starts an authentication by a method that your program keeps as a word.
     *
     * @param method {@code sms} or {@code totp}
     * @return the method really used
     * @throws VerigatorException if it cannot be started
     */
    public AuthenticationResponse authenticate(String method) throws VerigatorException {
        JsonObject body = new JsonObject();
        body.addProperty("method", Objects.requireNonNull(method, "method"));
        JsonAnswer answer = calls().perform("POST", path + "/auth", body);
        return new AuthenticationResponse(answer.text("method"), answer.optionalText("auth_id"));
    }

    /**
     * Checks the PIN, or the code of the authenticator. A right one is used up.
     *
     * @param pin what the person typed
     * @return whether it is right, and why not
     * @throws NoSuchResourceException nothing was started, or it is used up
     * @throws VerigatorException if it cannot be checked
     */
    public VerificationResponse verifyPin(String pin) throws VerigatorException {
        JsonObject body = new JsonObject();
        body.addProperty("token", Objects.requireNonNull(pin, "pin"));
        JsonAnswer answer = calls().perform("PUT", path + "/auth", body, pin);
        boolean isVerified = answer.flag("verified");
        return new VerificationResponse(answer.text("method"),
            isVerified ? PinResult.VERIFIED : failure(answer),
            answer.incoming.retryAfterSeconds());
    }

    /**
     * Removes the user, with its authenticators and what wrong PINs cost it.
     *
     * @throws VerigatorException if it cannot be removed
     */
    public void delete() throws VerigatorException {
        calls().delete(path);
    }

    /**
     * Ends every block and lock of the user. Make sure of the person by other means first: each
     * call grants 89 more guesses.
     *
     * @throws VerigatorException if it cannot be done
     */
    public void unlock() throws VerigatorException {
        calls().delete(path + "/lock");
    }

    /**
     * The user's authenticators.
     *
     * @return the calls
     */
    public Authenticators authenticators() {
        return new Authenticators(calls(), path);
    }

    /**
     * The user's recovery codes.
     *
     * @return the calls
     */
    public Recovery recovery() {
        return new Recovery(calls(), path);
    }

    /**
     * The id, to be kept beside your own record of the person.
     *
     * @return the id
     */
    public String getId() {
        return id;
    }

    /**
     * The person's name in your program.
     *
     * @return null if the user was not read
     */
    public String getUsername() {
        return username;
    }

    /**
     * When it was added, RFC 3339.
     *
     * @return null if the user was not read
     */
    public String getCtime() {
        return ctime;
    }

    /**
     * The service that it belongs to.
     *
     * @return the service
     */
    public Service getService() {
        return service;
    }

    private JsonCalls calls() {
        return service.calls();
    }

    private static PinResult failure(JsonAnswer answer) throws VerigatorException {
        JsonAnswer status = answer.inside("status");
        PinResult result = status == null ? null : PinResult.failureOf(status.text("result"));
        if (result == null) {
            throw answer.wrong("status", "says nothing");
        }
        return result;
    }

    @Override
    public String toString() {
        return "User{id=" + id + "}";
    }
}
