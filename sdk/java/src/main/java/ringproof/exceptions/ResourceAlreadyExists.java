package ringproof.exceptions;

/** It exists already; the name that programs for the hosted service catch. */
public class ResourceAlreadyExists extends VerigatorException {
    /**
     * Makes an exception.
     *
     * @param message what happened, for people
     * @param details what else is known
     */
    public ResourceAlreadyExists(String message, Details details) {
        super(message, details);
    }
}
