package ringproof;

import java.util.Map;
import java.util.Optional;

/** An answer whose signature is right. Printed, the phone number is masked. */
public final class WidgetAnswer {
    private final Map<String, String> fields;

    WidgetAnswer(Map<String, String> fields) {
        this.fields = Map.copyOf(fields);
    }

    /**
     * Whether the person proved the number.
     *
     * @return whether the status is {@code VERIFIED}
     */
    public boolean isVerified() {
        return "VERIFIED".equals(getStatus());
    }

    /**
     * How it ended.
     *
     * @return {@code VERIFIED} or {@code CANCELLED}
     */
    public String getStatus() {
        return fields.get("status");
    }

    /**
     * The number, {@code +} and digits.
     *
     * @return nothing where the person cancelled and there was none
     */
    public Optional<String> getPhone() {
        return Optional.ofNullable(fields.get("phone"));
    }

    /**
     * That of the request.
     *
     * @return nothing in version 1
     */
    public Optional<String> getNonce() {
        return Optional.ofNullable(fields.get("nonce"));
    }

    /**
     * What {@link Widget#confirm} needs.
     *
     * @return nothing in version 1
     */
    public Optional<String> getVid() {
        return Optional.ofNullable(fields.get("vid"));
    }

    @Override
    public String toString() {
        return "WidgetAnswer{status=" + getStatus()
            + ", phone=" + Redaction.maskedNumber(fields.get("phone")) + "}";
    }
}
