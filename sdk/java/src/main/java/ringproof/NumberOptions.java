package ringproof;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** What can be said beside the number. Each method gives the same object. */
public final class NumberOptions {
    private final Map<String, Object> parameters = new LinkedHashMap<>();

    /** As the server does it. */
    public NumberOptions() {}

    /**
     * The message.
     *
     * @param text must contain {@code <PIN>}
     * @return this
     */
    public NumberOptions template(String text) {
        return with("template", text);
    }

    /**
     * Digits of the PIN.
     *
     * @param digits 4 to 16
     * @return this
     */
    public NumberOptions pinLength(int digits) {
        return with("pin_length", digits);
    }

    /**
     * What the phone shows as sender.
     *
     * @param sender one of the account's senders
     * @return this
     */
    public NumberOptions from(String sender) {
        return with("from", sender);
    }

    /**
     * Messages in all, the first included.
     *
     * @param count 1 or more
     * @return this
     */
    public NumberOptions maxTries(int count) {
        return with("max_tries", count);
    }

    /**
     * The pause before the message is repeated.
     *
     * @param delay whole seconds
     * @return this
     */
    public NumberOptions retryDelay(Duration delay) {
        return with("retry_delay", delay.getSeconds());
    }

    /**
     * How long the PIN can be entered.
     *
     * @param validity whole seconds
     * @return this
     */
    public NumberOptions validity(Duration validity) {
        return with("validity", validity.getSeconds());
    }

    /**
     * Address of the person's browser, and not that of your server.
     *
     * @param address IPv4 or IPv6
     * @return this
     */
    public NumberOptions ip(String address) {
        return with("ip", address);
    }

    /**
     * The browser's User-Agent.
     *
     * @param userAgent as it sent it
     * @return this
     */
    public NumberOptions browser(String userAgent) {
        return with("browser", userAgent);
    }

    /**
     * A value of yours for this browser, at least 128 random bits.
     *
     * @param value who has it needs no PIN, if the operator has switched that on
     * @return this
     */
    public NumberOptions cookie(String value) {
        return with("cookie", value);
    }

    Map<String, Object> parameters() {
        return parameters;
    }

    private NumberOptions with(String name, Object value) {
        parameters.put(name, value);
        return this;
    }
}
