package ringproof;

import ringproof.exceptions.VerigatorException;

/**
 * An authenticator just made, with what is shown once. Hand it to the person's browser, and keep and
 * log nothing of it; printed, it leaves the secret out.
 */
public final class NewAuthenticator extends Authenticator {
    private final String secret;
    private final String uri;
    private final String qrSvg;
    private final String qrPng;

    NewAuthenticator(JsonAnswer answer) throws VerigatorException {
        super(answer);
        secret = answer.text("secret");
        uri = answer.text("uri");
        qrSvg = answer.text("qr_svg");
        qrPng = answer.text("qr_png");
    }

    /**
     * The seed in base 32, for programs that cannot scan.
     *
     * @return the seed
     */
    public String getSecret() {
        return secret;
    }

    /**
     * A link of it opens an authenticator on the same phone.
     *
     * @return {@code otpauth://…}
     */
    public String getUri() {
        return uri;
    }

    /**
     * The QR code as an image.
     *
     * @return {@code <svg …>}
     */
    public String getQrSvg() {
        return qrSvg;
    }

    /**
     * The QR code as the address of an image.
     *
     * @return {@code data:image/png;base64,…}
     */
    public String getQrPng() {
        return qrPng;
    }
}
