package ringproof;

import java.util.Optional;
import ringproof.exceptions.VerigatorException;

/** An authenticator of a user: a device with the app, or any other program or token. */
public class Authenticator {
    private final String id;
    private final String name;
    private final String kind;
    private final boolean isConfirmed;
    private final String algorithm;
    private final int digits;
    private final int periodSeconds;
    private final String ctime;
    private final String used;

    Authenticator(JsonAnswer answer) throws VerigatorException {
        id = answer.text("id");
        name = answer.text("name");
        kind = answer.text("kind");
        isConfirmed = answer.flag("confirmed");
        algorithm = answer.text("algorithm");
        digits = answer.number("digits");
        periodSeconds = answer.number("period");
        ctime = answer.text("ctime");
        used = answer.optionalText("used");
    }

    /**
     * Names it in other calls.
     *
     * @return the id
     */
    public final String getId() {
        return id;
    }

    /**
     * What the person calls it.
     *
     * @return the name
     */
    public final String getName() {
        return name;
    }

    /**
     * What it is.
     *
     * @return {@code app} for a device with the app, {@code other} for everything else
     */
    public final String getKind() {
        return kind;
    }

    /**
     * Whether a code of it has been entered, so that it counts.
     *
     * @return whether it counts
     */
    public final boolean isConfirmed() {
        return isConfirmed;
    }

    /**
     * The algorithm of its codes.
     *
     * @return {@code SHA1}, {@code SHA256} or {@code SHA512}
     */
    public final String getAlgorithm() {
        return algorithm;
    }

    /**
     * Digits of a code.
     *
     * @return 6
     */
    public final int getDigits() {
        return digits;
    }

    /**
     * Life of a code.
     *
     * @return seconds
     */
    public final int getPeriodSeconds() {
        return periodSeconds;
    }

    /**
     * When it was made, RFC 3339.
     *
     * @return the time
     */
    public final String getCtime() {
        return ctime;
    }

    /**
     * Time of the last right code.
     *
     * @return nothing if there was none
     */
    public final Optional<String> getUsed() {
        return Optional.ofNullable(used);
    }

    @Override
    public final String toString() {
        return "Authenticator{id=" + id + ", name=" + name + ", confirmed=" + isConfirmed + "}";
    }
}
