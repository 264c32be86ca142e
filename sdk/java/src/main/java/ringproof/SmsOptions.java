package ringproof;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** What can be said of a message beside number and text. Each method gives the same object. */
public final class SmsOptions {
    private final Map<String, Object> parameters = new LinkedHashMap<>();

    /** As the server does it. */
    public SmsOptions() {}

    /**
     * What the phone shows as sender.
     *
     * @param sender one of the account's senders
     * @return this
     */
    public SmsOptions from(String sender) {
        return with("from", sender);
    }

    /**
     * When the message is sent.
     *
     * @param time at most 30 days ahead
     * @return this
     */
    public SmsOptions timeToSend(Instant time) {
        return with("time_to_send", time.getEpochSecond());
    }

    /**
     * Where reports go.
     *
     * @param url a public address
     * @return this
     */
    public SmsOptions dlrUrl(String url) {
        return with("dlr-url", url);
    }

    /**
     * How long delivery is tried.
     *
     * @param validity whole minutes
     * @return this
     */
    public SmsOptions validity(Duration validity) {
        return with("validity", validity.toMinutes());
    }

    /**
     * What may be replaced so that the text is cheaper.
     *
     * @param word {@code on}, {@code full} or {@code off}
     * @return this
     */
    public SmsOptions autoconvert(String word) {
        return with("autoconvert", word);
    }

    /**
     * A user data header.
     *
     * @param bytes the first says how many follow
     * @return this
     */
    public SmsOptions udh(byte[] bytes) {
        return with("udh", bytes.clone());
    }

    /**
     * Binary content; then the text is not looked at.
     *
     * @param bytes the content
     * @return this
     */
    public SmsOptions data(byte[] bytes) {
        return with("data", bytes.clone());
    }

    /**
     * The message class.
     *
     * @param number 0 to 3; 0 is shown at once
     * @return this
     */
    public SmsOptions mclass(int number) {
        return with("mclass", number);
    }

    /**
     * What the server keeps of the text.
     *
     * @param word {@code plaintext}, {@code sha256} or {@code nostore}
     * @return this
     */
    public SmsOptions textStore(String word) {
        return with("text-store", word);
    }

    Map<String, Object> parameters() {
        return parameters;
    }

    private SmsOptions with(String name, Object value) {
        parameters.put(name, value);
        return this;
    }
}
