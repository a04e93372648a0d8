/** The process of one contender in one pass: `contender-entry.js QUESTION CONTENDER SETTINGS`. */
import type { Answer } from './alternate.ts'
import type { Settings } from './question.ts'
import { loadQuestion } from './questions.ts'

const [questionName = '', contenderName = '', settings = '{}'] = process.argv.slice(2)
// Whoever waits for the answer is gone: nobody else would end this.
process.on('disconnect', () => process.exit(1))
const answer = await run()
// What a contender left open does not keep its process.
if (process.send) process.send(answer, () => process.exit(0))
else console.log(answer)

async function run(): Promise<Answer> {
  try {
    const { contenders } = await loadQuestion(questionName)
    const contender = contenders.find(({ name }) => name === contenderName)
    if (!contender) throw new Error(`Expected a contender of ${questionName}, got ${contenderName}`)
    return { pass: await contender.run(JSON.parse(settings) as Settings) }
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) }
  }
}
