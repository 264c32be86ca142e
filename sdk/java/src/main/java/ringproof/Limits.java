package ringproof;

import java.time.Duration;

/** Every bound of this library, with its origin. */
final class Limits {
    /** A connection that takes longer is better tried at another address. */
    static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    /** The server gives up a call after 10 s; what takes longer has been lost on the way. */
    static final Duration TIMEOUT = Duration.ofSeconds(15);
    /** The server closes a connection that is idle for 60 s; one that is near that is not used. */
    static final Duration IDLE_MAX = Duration.ofSeconds(20);
    /** How often all addresses are asked again by a call that only reads. */
    static final int RETRIES = 1;
    /** More would only add to the load of a server that is down. */
    static final int RETRIES_MAX = 10;
    /** The shortest pause before all addresses are asked again; it is up to twice as long. */
    static final int PAUSE_MS = 200;
    /** The longest pause that the server can ask for; beyond it the caller shall decide. */
    static final long PAUSE_SECONDS_MAX = 2;
    /** All users come in one list, 130 bytes each: room for 500,000. */
    static final int ANSWER_BYTES_MAX = 67_108_864;
    /** The credentials may have 512 bytes (S-55). */
    static final int AUTH_BYTES_MAX = 512;
    /** Ids are UUIDs or hexadecimal digits; nothing that is longer is one. */
    static final int ID_LENGTH_MAX = 200;
    /** What is kept of a message of the server. */
    static final int MESSAGE_LENGTH_MAX = 300;
    /** A signed request of the widget is good for ten minutes if nothing else is said. */
    static final Duration REQUEST_LIFETIME = Duration.ofMinutes(10);
    /** The server refuses a request whose end is further ahead. */
    static final Duration REQUEST_LIFETIME_MAX = Duration.ofHours(1);
    /** An answer of the widget is good for five minutes; one that claims more is none. */
    static final Duration ANSWER_LIFETIME = Duration.ofMinutes(5);
    /** How far the clocks of server and program may be apart when that is looked at. */
    static final Duration CLOCK_SKEW = Duration.ofMinutes(1);

    private Limits() {}
}
