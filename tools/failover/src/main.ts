import { createInterface } from 'node:readline/promises'
import { runningIn } from '@tideway/terraform/running'
import { parse, type World } from './command'
import { explain, type Place, UsageError } from './errors'
import { exitCodes } from './exit-codes'

/** Runs the command. Returns its exit code. */
export async function main(args: readonly string[], world: World): Promise<number> {
  let place: Place = { environment: 'ENV', region: 'the region' }
  try {
    const parsed = parse(args, world)
    if (typeof parsed === 'string') {
      world.print(parsed)
      return exitCodes.fine
    }
    place = parsed.place
    const ended = parsed.run()
    if (parsed.verb.endsItself) return await ended
    return await Promise.race([ended, interrupted(world.signal)])
  } catch (error) {
    if (world.signal.aborted && (error as Error).name === 'AbortError') return interruptedCode
    const message = explain(error, place)
    world.warn(message ?? (error instanceof Error ? (error.stack ?? error.message) : String(error)))
    return error instanceof UsageError ? exitCodes.wrongUsage : exitCodes.failed
  }
}

/** As shells report a process that Ctrl-C ended. */
const interruptedCode = 130

function interrupted(signal: AbortSignal): Promise<number> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(interruptedCode), { once: true })
  })
}

function processWorld(): World {
  const controller = new AbortController()
  process.on('SIGINT', () => {
    // A second Ctrl-C does not wait.
    if (controller.signal.aborted) process.exit(interruptedCode)
    controller.abort()
  })
  process.on('SIGTERM', () => controller.abort())
  const { stdout, stderr, stdin } = process
  // A reader that stops, such as `| head`, is no error.
  stdout.on('error', () => process.exit(exitCodes.fine))
  return {
    variables: process.env,
    signal: controller.signal,
    print: (line) => void stdout.write(`${line}\n`),
    warn: (line) => void stderr.write(`${line}\n`),
    ask: async (question) => {
      if (!stdin.isTTY || !stderr.isTTY) return undefined
      const lines = createInterface({ input: stdin, output: stderr })
      lines.on('SIGINT', () => process.emit('SIGINT'))
      try {
        return await lines.question(question, { signal: controller.signal })
      } finally {
        lines.close()
      }
    },
    terminal: stdout.isTTY
      ? {
          get columns() {
            return stdout.columns
          },
          get rows() {
            return stdout.rows
          },
          write: (text) => void stdout.write(text),
        }
      : undefined,
    localEndpoint: async () => (await runningIn())?.url,
  }
}

if (require.main === module) {
  main(process.argv.slice(2), processWorld()).then((code) => {
    // Exits although a call may still be open. What was written goes out first.
    process.stdout.write('', () => process.exit(code))
  })
}
