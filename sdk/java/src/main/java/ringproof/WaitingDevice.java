package ringproof;

import ringproof.exceptions.VerigatorException;

/** A device of a user's number that has no codes yet, because another one is active. */
public final class WaitingDevice {
    private final String id;
    private final String ctime;
    private final String heldUntil;

    WaitingDevice(JsonAnswer answer) throws VerigatorException {
        id = answer.text("id");
        ctime = answer.text("ctime");
        heldUntil = answer.text("held_until");
    }

    /**
     * Names it in {@link Authenticators#refuseDevice}.
     *
     * @return the id
     */
    public String getId() {
        return id;
    }

    /**
     * When it was enrolled, RFC 3339.
     *
     * @return the time
     */
    public String getCtime() {
        return ctime;
    }

    /**
     * Until then it waits, unless an active device approves it.
     *
     * @return the time, RFC 3339
     */
    public String getHeldUntil() {
        return heldUntil;
    }

    @Override
    public String toString() {
        return "WaitingDevice{id=" + id + ", heldUntil=" + heldUntil + "}";
    }
}
