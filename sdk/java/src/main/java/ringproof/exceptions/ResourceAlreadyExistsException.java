package ringproof.exceptions;

/** It exists already, was confirmed already, or is still in use: 409. */
public final class ResourceAlreadyExistsException extends ResourceAlreadyExists {
    /**
     * Makes an exception.
     *
     * @param message what happened, for people
     * @param details what else is known
     */
    public ResourceAlreadyExistsException(String message, Details details) {
        super(message, details);
    }
}
