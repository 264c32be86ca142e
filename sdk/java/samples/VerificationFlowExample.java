// The sample of the old library's manual, in its calls and their order. Two things are changed: the
// imports, which began with com.messente.verigator, and the address, which is the third argument.
// prints: Verification successful!
import java.util.Scanner;
import ringproof.Service;
import ringproof.User;
import ringproof.Verigator;
import ringproof.exceptions.VerigatorException;
import ringproof.serializers.AuthenticationResponse;
import ringproof.serializers.VerificationResponse;

public class VerificationFlowExample {
    public static final String API_USERNAME = "shop-api";
    public static final String API_PASSWORD = "your-password";
    public static boolean USE_SMS = false;

    public static void main(String[] args) throws VerigatorException {
        // who calls
        Verigator verigator =
            new Verigator(API_USERNAME, API_PASSWORD, "https://verify.example.com/v1");

        // made once
        Service service = verigator.createService("Example Shop", "www.example.com");

        // kept in the configuration
        String serviceId = service.getServiceId();

        // and used ever after
        service = Service.get(verigator, serviceId);

        // who logs in
        User user = service.registerUser("youremail@example.com", "+37255500123");

        // by message or by app
        AuthenticationResponse authenticationResponse = null;
        if (USE_SMS) {
            authenticationResponse = user.authenticateUsingSMS();
        } else {
            authenticationResponse = user.authenticateUsingTotp();
        }
        System.out.println("Started by " + authenticationResponse.getMethod());

        // until the PIN is right
        Scanner reader = new Scanner(System.in);
        VerificationResponse verificationResponse = null;
        while (verificationResponse == null || !verificationResponse.isVerified()) {
            System.out.println("Enter the PIN: ");
            String pin = reader.nextLine();
            verificationResponse = user.verifyPin(pin);
        }
        System.out.println("Verification successful!");
    }
}
