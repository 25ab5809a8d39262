// The part of Lambda inside an execution environment: imports the handler and runs one event at a time.
// Date follows the simulated clock: each event sets it to the simulated time, and from there it runs in real time.
const { existsSync } = require('node:fs')
const { join } = require('node:path')

const RealDate = Date
const ownVariables = { ...process.env }
let aheadMilliseconds

class FunctionDate extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(FunctionDate.now())
    else super(...parts)
  }

  static now() {
    return RealDate.now() + (aheadMilliseconds ?? 0)
  }
}
globalThis.Date = FunctionDate

/** Never sets the clock back: time must not run backwards in a function. */
function setClock(now) {
  if (now === undefined) return
  const ahead = now - RealDate.now()
  aheadMilliseconds = Math.max(ahead, aheadMilliseconds ?? ahead)
}

async function handlerOf(reference) {
  const dot = reference.lastIndexOf('.')
  const [file, name] = [reference.slice(0, dot), reference.slice(dot + 1)]
  const found = ['.mjs', '.js', '.cjs']
    .map((extension) => join(process.cwd(), `${file}${extension}`))
    .find(existsSync)
  if (found === undefined) throw new Error(`the zip has no ${file}.mjs, .js or .cjs`)
  const handler = (await import(found))[name]
  if (typeof handler !== 'function') throw new Error(`${file} exports no function ${name}`)
  return handler
}

let loading

/** Loads a function without state of the previous one, as a new process does. */
function load({ folder, variables }) {
  for (const name of Object.keys(process.env)) delete process.env[name]
  Object.assign(process.env, ownVariables, variables)
  process.chdir(folder)
  aheadMilliseconds = undefined
  loading = undefined
}

process.once('disconnect', () => process.exit())
process.on('message', async ({ deployment, event, now }) => {
  if (deployment !== undefined) load(deployment)
  setClock(now)
  const started = performance.now()
  try {
    loading ??= handlerOf(process.env._HANDLER)
    const handler = await loading
    const response = (await handler(event)) ?? null
    const milliseconds = performance.now() - started
    process.send({
      result: { response, milliseconds, peakMegabytes: process.resourceUsage().maxRSS / 1024 },
    })
  } catch (error) {
    process.send({
      error: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    })
  }
})
