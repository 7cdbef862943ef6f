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
		{"DependGenerators", testDependGenerators},
		{"DependReferences", testDependReferences},
		{"DependTogether", testDependTogether},
		{"DependCancel", testDependCancel},
		{"DependUnwindingCancel", testDependUnwindingCancel},
		{"DependBarrier", testDependBarrier},
		{"DependHookAnswers", testDependHookAnswers},
		{"DependSegments", testDependSegments},
		{"DependSegmentReferences", testDependSegmentReferences},
		{"DependSegmentResults", testDependSegmentResults},
		{"DependSegmentCancel", testDependSegmentCancel},
		{"Hooks", testHooks},
		{"HookStages", testStages},
		{"Background", testBackground},
		{"BackgroundHandle", testBackgroundHandle},
		{"BackgroundFailures", testBackgroundFailures},
		{"BackgroundOutlives", testBackgroundOutlives},
		{"BackgroundOfAnswers", testBackgroundOfAnswers},
		{"BackgroundCut", testBackgroundCut},
		{"BackgroundOfSyncApp", testBackgroundOfSyncApp},
		{"BackgroundMakesALoop", testBackgroundMakesALoop},
		{"BackgroundAtImport", testBackgroundAtImport},
		{"Objects", testObjects},
		{"ObjectUse", testObjectUse},
		{"ObjectOfAnotherApp", testObjectOfAnotherApp},
		{"ObjectCoroutines", testObjectCoroutines},
		{"ObjectCoroutinesOfSyncApp", testObjectCoroutinesOfSyncApp},
		{"ObjectLifetimes", testObjectLifetimes},
		{"ObjectsAtClose", testObjectsAtClose},
		{"ObjectHammer", testObjectHammer},
		{"ObjectReferences", testObjectReferences},
		{"ObjectEnd", testObjectEnd},
		{"ObjectEndContext", testObjectEndContext},
		{"GoValues", testGoValues},
		{"GoValuesFromAsync", testGoValuesFromAsync},
		{"GoValueAfterClose", testGoValueAfterClose},
		{"GoValueInstances", testGoInstances},
		{"GoValueKept", testGoKept},
		{"GoValueTickets", testGoTickets},
		{"GoValueContext", testGoContext},
		{"GoValueErrors", testGoErrors},
		{"GoValueRefused", testGoRefused},
		{"GoValueReferences", testGoReferences},
		{"GoAsync", testGoAsync},
		{"GoAsyncCancel", testGoAsyncCancel},
		{"GoAsyncCleanUp", testGoAsyncCleanUp},
		{"GoAsyncClose", testGoAsyncClose},
		{"GoAsyncCloseStuck", testGoAsyncCloseStuck},
		{"GoAsyncHammer", testGoAsyncHammer},
		{"GoHost", testGoHost},
		{"GoHostOutlives", testGoHostOutlives},
		{"GoHostLeft", testGoHostLeft},
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
