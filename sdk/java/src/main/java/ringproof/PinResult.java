package ringproof;

/** What became of a PIN that was checked. */
public enum PinResult {
    /** It is right, and used up. */
    VERIFIED,
    /** It is wrong: ask again. */
    INVALID,
    /** It is no longer valid, or used: start again. */
    EXPIRED,
    /** Too many wrong ones; nothing was compared: wait, then start again. */
    THROTTLED;

    /**
     * Whether it was right: let the person in only then.
     *
     * @return whether it was
     */
    public boolean isVerified() {
        return this == VERIFIED;
    }

    /** Null if the word is none of the failures. */
    static PinResult failureOf(String word) {
        PinResult result = of(word);
        return result == VERIFIED ? null : result;
    }

    /** Null if the word is none of these. */
    static PinResult of(String word) {
        for (PinResult result : values()) {
            if (result.name().equals(word)) {
                return result;
            }
        }
        return null;
    }
}
