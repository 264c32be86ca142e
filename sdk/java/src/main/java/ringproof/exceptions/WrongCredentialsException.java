package ringproof.exceptions;

/** Unknown username, wrong password, disabled account: 401, {@code ERROR 101}. */
public final class WrongCredentialsException extends VerigatorException {
    /**
     * Makes an exception.
     *
     * @param message what happened, for people
     * @param details what else is known
     */
    public WrongCredentialsException(String message, Details details) {
        super(message, details);
    }
}
