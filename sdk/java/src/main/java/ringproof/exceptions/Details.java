package ringproof.exceptions;

/** What an exception knows beside its message. The library makes it; programs ask the exception. */
public final class Details {
    /** Nothing is known: there was no answer, or none was asked for. */
    public static final Details NONE = new Details(0, null, null, null, -1, false);

    final int status;
    final String reason;
    final String field;
    final String requestId;
    final long retryAfterSeconds;
    final boolean maybeSent;

    private Details(
            int status,
            String reason,
            String field,
            String requestId,
            long retryAfterSeconds,
            boolean maybeSent) {
        this.status = status;
        this.reason = reason;
        this.field = field;
        this.requestId = requestId;
        this.retryAfterSeconds = retryAfterSeconds;
        this.maybeSent = maybeSent;
    }

    /**
     * What the head of an answer tells.
     *
     * @param status of the HTTP answer
     * @param requestId name of the request in the server's log, or null
     * @param retryAfterSeconds less than 0 if the server did not say
     * @return the details
     */
    public static Details ofAnswer(int status, String requestId, long retryAfterSeconds) {
        return new Details(status, null, null, requestId, retryAfterSeconds, false);
    }

    /**
     * The same with the server's word for it.
     *
     * @param newReason {@code user_exists} or {@code ERROR 102}, or null
     * @param newField the member that was refused, or null
     * @return the details
     */
    public Details because(String newReason, String newField) {
        return new Details(status, newReason, newField, requestId, retryAfterSeconds, maybeSent);
    }

    /**
     * The same for a call that may have been carried out.
     *
     * @param isSent whether it may
     * @return the details
     */
    public Details maybeSent(boolean isSent) {
        return new Details(status, reason, field, requestId, retryAfterSeconds, isSent);
    }
}
