package ringproof.serializers;

import java.util.OptionalLong;
import ringproof.PinResult;

/** A PIN that was checked. */
public final class VerificationResponse {
    private final String method;
    private final PinResult result;
    private final long retryAfterSeconds;

    /**
     * Made by the library.
     *
     * @param method {@code sms} or {@code totp}
     * @param result what became of it
     * @param retryAfterSeconds less than 0 if the server did not say
     */
    public VerificationResponse(String method, PinResult result, long retryAfterSeconds) {
        this.method = method;
        this.result = result;
        this.retryAfterSeconds = retryAfterSeconds;
    }

    /**
     * Whether the PIN was right: let the person in only then.
     *
     * @return whether it was
     */
    public boolean isVerified() {
        return result == PinResult.VERIFIED;
    }

    /**
     * What became of it.
     *
     * @return the result
     */
    public PinResult getResult() {
        return result;
    }

    /**
     * What the PIN was compared with.
     *
     * @return {@code sms} or {@code totp}
     */
    public String getMethod() {
        return method;
    }

    /**
     * Seconds after which a throttled user can go on.
     *
     * @return nothing if the server did not say
     */
    public OptionalLong getRetryAfterSeconds() {
        return retryAfterSeconds < 0 ? OptionalLong.empty() : OptionalLong.of(retryAfterSeconds);
    }

    @Override
    public String toString() {
        return "VerificationResponse{method=" + method + ", result=" + result + "}";
    }
}
