package pybridgetest

import (
	"testing"

	"github.com/spikard/spikard-go/pybridge"
)

// RunEngineSuite holds an engine to what package pybridge promises. newEngine
// is called for each subject, so engines come and go over one interpreter;
// it gives an engine that was not started. The subjects run one after another:
// some count what the process has.
func RunEngineSuite(t *testing.T, newEngine func(t testing.TB) pybridge.Engine) {
	s := &suite{newEngine: newEngine}
	for _, subject := range []struct {
		name string
		run  func(*testing.T, *suite)
	}{
		{"Wire", testWire},
		{"WireRefused", testWireRefused},
		{"Invalid", testInvalid},
		{"InvalidParams", testInvalidParams},
		{"Encode", testEncode},
		{"EncodeFloats", testEncodeFloats},
		{"EncodeRefused", testEncodeRefused},
		{"EncodeTypes", testEncodeTypes},
		{"EncodeLibraries", testEncodeLibraries},
		{"EncodeHostile", testEncodeHostile},
		{"EncodeRandom", testEncodeRandom},
		{"Answers", testAnswers},
		{"Exceptions", testExceptions},
		{"Recursion", testRecursion},
		{"InlineAsync", testInlineAsync},
		{"SuspendingAsync", testSuspendingAsync},
		{"Cancel", testCancel},
		{"Providers", testProviders},
		{"ProviderFailures", testProviderFailures},
		{"Singletons", testSingletons},
		{"Hooks", testHooks},
		{"Objects", testObjects},
		{"GoValues", testGoValues},
		{"GoValuesFromAsync", testGoValuesFromAsync},
		{"GoValueAfterClose", testGoValueAfterClose},
		{"Logging", testLogging},
		{"Output", testOutput},
		{"Guest", testGuest},
		{"Multiprocessing", testMultiprocessing},
		{"LoadErrors", testLoadErrors},
		{"SideBySide", testSideBySide},
		{"Compile", testCompile},
		{"StopAndStart", testStopAndStart},
		{"Close", testClose},
		{"CloseEndlessTask", testCloseEndlessTask},
		{"CloseStuck", testCloseStuck},
		{"Hammer", testHammer},
		{"References", testReferences},
		{"LoadCloseGrowth", testLoadCloseGrowth},
	} {
		t.Run(subject.name, func(t *testing.T) { subject.run(t, s) })
	}
}
