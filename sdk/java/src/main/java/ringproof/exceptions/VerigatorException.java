package ringproof.exceptions;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A call did not do what it was asked for; the root of the family. It is thrown itself for codes of
 * plain-text calls that nothing is known about.
 */
public class VerigatorException extends Exception {
    private final transient Details details;

    /**
     * Makes an exception.
     *
     * @param message what happened, for people
     * @param details what else is known
     */
    public VerigatorException(String message, Details details) {
        super(message);
        this.details = details;
    }

    /**
     * Status of the HTTP answer.
     *
     * @return nothing if there was no answer
     */
    public OptionalInt getStatus() {
        return known().status == 0 ? OptionalInt.empty() : OptionalInt.of(known().status);
    }

    /**
     * The server's word for it, for programs: {@code user_exists}, or {@code ERROR 102} of a
     * plain-text call.
     *
     * @return nothing if the server said none
     */
    public Optional<String> getReason() {
        return Optional.ofNullable(known().reason);
    }

    /**
     * The member that was refused.
     *
     * @return nothing if the server named none
     */
    public Optional<String> getField() {
        return Optional.ofNullable(known().field);
    }

    /**
     * Names the request in the server's log.
     *
     * @return nothing if there was no answer
     */
    public Optional<String> getRequestId() {
        return Optional.ofNullable(known().requestId);
    }

    /**
     * Seconds after which the call can be made again.
     *
     * @return nothing if the server did not say
     */
    public OptionalLong getRetryAfterSeconds() {
        long seconds = known().retryAfterSeconds;
        return seconds < 0 ? OptionalLong.empty() : OptionalLong.of(seconds);
    }

    /**
     * Whether the server may have done what it was asked to, although this call failed: the request
     * went out, and no answer came that can be understood. Then look before you repeat a call that
     * changes something.
     *
     * @return whether it may
     */
    public boolean isMaybeSent() {
        return known().maybeSent;
    }

    private Details known() {
        return details == null ? Details.NONE : details;
    }
}
