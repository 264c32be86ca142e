package ringproof.serializers;

import java.util.Optional;

/** An authentication that was started. */
public final class AuthenticationResponse {
    private final String method;
    private final String authId;

    /**
     * Made by the library.
     *
     * @param method the method really used
     * @param authId names the verification, or null
     */
    public AuthenticationResponse(String method, String authId) {
        this.method = method;
        this.authId = authId;
    }

    /**
     * The method really used: {@code sms} if a message was sent, {@code totp} for the person's
     * authenticator.
     *
     * @return the method
     */
    public String getMethod() {
        return method;
    }

    /**
     * Names the verification.
     *
     * @return nothing with {@code totp}
     */
    public Optional<String> getAuthId() {
        return Optional.ofNullable(authId);
    }

    @Override
    public String toString() {
        return "AuthenticationResponse{method=" + method + "}";
    }
}
