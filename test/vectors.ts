/** `npm run test:vectors`: every golden vector that there is something to run with. */
import { runVectorFile } from './support/run-vectors.ts'
import { readVectorFiles, vectorsFolder, type VectorFile } from './support/vector-files.ts'

const shownFailures = 20
let passed = 0
let failed = 0
let files: VectorFile[] = []
try {
  files = readVectorFiles(vectorsFolder())
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
}
if (files.length === 0) {
  console.error(`No vectors in ${vectorsFolder()}.`)
  failed++
}
for (const file of files) {
  const { passed: inFile, failures, notRun } = await runVectorFile(file)
  console.log(
    notRun
      ? `${file.name}: not run, nothing runs ${notRun} yet (${file.cases.length} cases)`
      : `${file.name}: ${inFile} of ${file.cases.length}`,
  )
  for (const failure of failures.slice(0, shownFailures)) console.error(failure)
  passed += inFile
  failed += failures.length
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
