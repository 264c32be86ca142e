package ringproof.exceptions;

/**
 * No usable answer; programs for the hosted service catch this for all that follows from it. It is
 * thrown itself for statuses that have no class of their own.
 */
public class VerigatorInternalError extends VerigatorException {
    /**
     * Makes an exception.
     *
     * @param message what happened, for people
     * @param details what else is known
     */
    public VerigatorInternalError(String message, Details details) {
        super(message, details);
    }
}
