package ringproof;

import com.google.gson.JsonObject;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import ringproof.exceptions.InvalidResponseException;
import ringproof.exceptions.UnavailableException;
import ringproof.exceptions.VerigatorException;

/**
 * Plain messages. Codes for logins are better sent by the other calls, which keep them secret and
 * count guesses.
 */
public final class Sms {
    private static final Pattern STATE = Pattern.compile("SENT|DELIVERED|FAILED");
    private static final Pattern DELETED = Pattern.compile("DELETED");
    private static final Pattern AMOUNT = Pattern.compile("-?\\d{1,15}(\\.\\d{1,9})?");

    private final TextCalls calls;

    Sms(TextCalls calls) {
        this.calls = calls;
    }

    /**
     * Sends a message.
     *
     * @param to number with country code
     * @param text the text
     * @return its id
     * @throws ringproof.exceptions.InsufficientCreditException the account has not enough credit
     * @throws ringproof.exceptions.ThrottledException the number is blocked, or got too much
     * @throws VerigatorException if it is not taken
     */
    public String send(String to, String text) throws VerigatorException {
        return send(to, text, new SmsOptions());
    }

    /**
     * Sends a message, or takes one for later.
     *
     * @param to number with country code
     * @param text the text
     * @param options what shall not be as usual
     * @return its id
     * @throws ringproof.exceptions.InsufficientCreditException the account has not enough credit
     * @throws ringproof.exceptions.ThrottledException the number is blocked, or got too much
     * @throws VerigatorException if it is not taken
     */
    public String send(String to, String text, SmsOptions options) throws VerigatorException {
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("to", Objects.requireNonNull(to, "to"));
        parameters.put("text", Objects.requireNonNull(text, "text"));
        parameters.putAll(options.parameters());
        return calls.change("/send_sms", parameters, Refusals.Codes.SENDING,
            answer -> TextCalls.okWord(answer, TextCalls.WORD));
    }

    /**
     * What became of a message.
     *
     * @param messageId of the send
     * @return the state
     * @throws ringproof.exceptions.NoSuchResourceException there is no such message
     * @throws VerigatorException if it cannot be read
     */
    public MessageState state(String messageId) throws VerigatorException {
        try {
            return calls.read("/get_dlr_response", ofMessage(messageId), Refusals.Codes.MESSAGE,
                answer -> {
                    String word = TextCalls.okWord(answer, STATE);
                    return word == null ? null : MessageState.valueOf(word);
                });
        } catch (UnavailableException error) {
            if (error.getReason().orElse("").equals("FAILED 102")) {
                return MessageState.WAITING;
            }
            throw error;
        }
    }

    /**
     * Takes a message back that waits for its time.
     *
     * @param messageId of the send
     * @throws ringproof.exceptions.NoSuchResourceException it went out, or was taken back before
     * @throws VerigatorException if it cannot be taken back
     */
    public void cancel(String messageId) throws VerigatorException {
        calls.change("/cancel_sms", ofMessage(messageId), Refusals.Codes.MESSAGE,
            answer -> TextCalls.okWord(answer, DELETED));
    }

    /**
     * The account's balance.
     *
     * @return euro, with the decimals of the server
     * @throws VerigatorException if it cannot be read
     */
    public BigDecimal balance() throws VerigatorException {
        return calls.read("/get_balance", Map.of(), Refusals.Codes.PRICES, answer -> {
            String word = TextCalls.okWord(answer, AMOUNT);
            return word == null ? null : new BigDecimal(word);
        });
    }

    /**
     * The prices of one country.
     *
     * @param country two letters
     * @return the prices
     * @throws ringproof.exceptions.NoSuchResourceException it has no price
     * @throws VerigatorException if they cannot be read
     */
    public CountryPrices prices(String country) throws VerigatorException {
        Map<String, Object> parameters = Map.of("country", country);
        return calls.read("/prices", parameters, Refusals.Codes.PRICES, Sms::read);
    }

    /**
     * The prices of all countries.
     *
     * @return CSV with the head {@code Country,Code,MCCMNC,Network,Price}
     * @throws VerigatorException if they cannot be read
     */
    public String priceList() throws VerigatorException {
        return calls.read("/pricelist", Map.of(), Refusals.Codes.PRICES,
            answer -> answer.startsWith("Country,") ? answer : null);
    }

    private static Map<String, Object> ofMessage(String messageId) {
        return Map.of("sms_unique_id", messageId);
    }

    /** Null for what is no list of prices. */
    private static CountryPrices read(String answer) {
        JsonObject body = JsonCalls.parsed(answer);
        try {
            return body == null ? null : new CountryPrices(new JsonAnswer(body, Incoming.NONE));
        } catch (InvalidResponseException error) {
            return null;
        }
    }
}
