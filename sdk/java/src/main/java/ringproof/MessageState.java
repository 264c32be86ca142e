package ringproof;

/** What became of a message. */
public enum MessageState {
    /** It waits for its time, or for a gateway. */
    WAITING,
    /** A gateway has it; nothing final is known. */
    SENT,
    /** The phone has it. */
    DELIVERED,
    /** It will not arrive. */
    FAILED
}
