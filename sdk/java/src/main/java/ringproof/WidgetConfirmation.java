package ringproof;

import java.util.Optional;
import ringproof.exceptions.InvalidResponseException;

/** What the server itself says of an answer. Printed, the phone number is masked. */
public final class WidgetConfirmation {
    private final String vid;
    private final String status;
    private final String phone;
    private final String user;
    private final int version;
    private final String nonce;
    private final String callbackUrl;
    private final String finishedAt;

    WidgetConfirmation(JsonAnswer answer) throws InvalidResponseException {
        vid = answer.text("vid");
        status = answer.text("status");
        phone = answer.optionalText("phone");
        user = answer.text("user");
        version = answer.digits("version");
        nonce = answer.optionalText("nonce");
        callbackUrl = answer.optionalText("callback_url");
        finishedAt = answer.optionalText("finished_at");
    }

    /**
     * Whether the person proved the number.
     *
     * @return whether the status is {@code VERIFIED}
     */
    public boolean isVerified() {
        return "VERIFIED".equals(status);
    }

    /**
     * How it ended.
     *
     * @return {@code VERIFIED} or {@code CANCELLED}
     */
    public String getStatus() {
        return status;
    }

    /**
     * Names the answer.
     *
     * @return that of the answer
     */
    public String getVid() {
        return vid;
    }

    /**
     * The number; compare it with that of the answer.
     *
     * @return nothing where the person cancelled and there was none
     */
    public Optional<String> getPhone() {
        return Optional.ofNullable(phone);
    }

    /**
     * The account.
     *
     * @return its name
     */
    public String getUser() {
        return user;
    }

    /**
     * Version of the request.
     *
     * @return 1 or 2
     */
    public int getVersion() {
        return version;
    }

    /**
     * That of the request.
     *
     * @return the nonce
     */
    public Optional<String> getNonce() {
        return Optional.ofNullable(nonce);
    }

    /**
     * Where the browser was sent back to.
     *
     * @return that of the request
     */
    public Optional<String> getCallbackUrl() {
        return Optional.ofNullable(callbackUrl);
    }

    /**
     * When it ended, RFC 3339.
     *
     * @return the time
     */
    public Optional<String> getFinishedAt() {
        return Optional.ofNullable(finishedAt);
    }

    @Override
    public String toString() {
        return "WidgetConfirmation{vid=" + vid + ", status=" + status
            + ", phone=" + Redaction.maskedNumber(phone) + "}";
    }
}
