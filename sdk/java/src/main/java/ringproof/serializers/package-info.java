/** Answers that programs for the hosted service know by these names. */
package ringproof.serializers;
