package ringproof;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import ringproof.exceptions.InvalidResponseException;

/** The prices of one country, in euro. */
public final class CountryPrices {
    private final String country;
    private final String name;
    private final String prefix;
    private final List<Network> networks = new ArrayList<>();

    CountryPrices(JsonAnswer answer) throws InvalidResponseException {
        country = answer.text("country");
        name = answer.text("name");
        prefix = answer.text("prefix");
        for (JsonAnswer network : answer.list("networks")) {
            networks.add(new Network(network));
        }
    }

    /** A network and what one part of a message to it costs. */
    public static final class Network {
        private final String mccmnc;
        private final String name;
        private final BigDecimal price;

        private Network(JsonAnswer answer) throws InvalidResponseException {
            mccmnc = answer.text("mccmnc");
            name = answer.text("name");
            try {
                price = new BigDecimal(answer.text("price"));
            } catch (NumberFormatException error) {
                throw answer.wrong("price", "is no amount");
            }
        }

        /**
         * Codes of country and network.
         *
         * @return digits
         */
        public String getMccmnc() {
            return mccmnc;
        }

        /**
         * Name of the network.
         *
         * @return the name
         */
        public String getName() {
            return name;
        }

        /**
         * Price of one part of a message.
         *
         * @return euro
         */
        public BigDecimal getPrice() {
            return price;
        }
    }

    /**
     * The country.
     *
     * @return two letters
     */
    public String getCountry() {
        return country;
    }

    /**
     * Its name.
     *
     * @return the name
     */
    public String getName() {
        return name;
    }

    /**
     * What its numbers begin with.
     *
     * @return digits
     */
    public String getPrefix() {
        return prefix;
    }

    /**
     * Its networks.
     *
     * @return the networks
     */
    public List<Network> getNetworks() {
        return List.copyOf(networks);
    }
}
