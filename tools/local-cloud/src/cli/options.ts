import { parseArgs } from 'node:util'

export const usage = `npm start                 deploys the platform to an AWS on this machine, and opens a console with a Spot market
npm start -- --open       also opens the console in a browser
npm start -- --drill      deploys, and runs a drought; exits with 0 if no service fell below its desired count
      --speed N           simulated seconds per second in a drill (default: 60)
      --report FILE       writes a page with the results of a drill
npm run e2e               deploys and plans under the roles of CI, runs drills, injects faults, destroys; needs Terraform and moto
      --long              starts with a new domain, cuts off the deploy of each stack, and deploys again after the destroy
npm run docs:run -- FILE...   runs the commands of documents, each in a copy of the repository; needs Terraform and moto
npm run down              ends a running local cloud, and deletes the deployed resources
`

const commands = ['start', 'e2e', 'docs', 'down']

export interface Options {
  /** One of `commands`. */
  readonly command: string
  /** The documents of `docs`. */
  readonly files: readonly string[]
  readonly drill: boolean
  readonly long: boolean
  readonly open: boolean
  readonly speed: number
  readonly report: string | undefined
  /** Why Terraform cannot run. */
  readonly noTerraform: string | undefined
}

/** Undefined for --help. */
export function parseOptions(args: readonly string[]): Options | undefined {
  const { values, positionals } = parsed(args)
  if (values.help) return undefined
  const [command = 'start', ...more] = positionals
  const files = command === 'docs' ? more : []
  if (!commands.includes(command) || more.length > files.length) {
    const unknown = commands.includes(command) ? more[0] : command
    throw new RangeError(`Unknown argument '${unknown}'.\n\n${usage}`)
  }
  const { drill, long, open, report, 'no-terraform': noTerraform } = values
  if (command === 'docs' && files.length === 0)
    throw new RangeError('FILE: must name a document of this repository; got nothing.')
  const speed = Number(values.speed)
  if (speed >= 1 && speed <= 10_000) {
    return { command, files, drill, long, open, speed, report, noTerraform }
  }
  throw new RangeError(`--speed: must be a number from 1 to 10000; got ${values.speed}`)
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        drill: { type: 'boolean', default: false },
        long: { type: 'boolean', default: false },
        open: { type: 'boolean', default: false },
        speed: { type: 'string', default: '60' },
        report: { type: 'string' },
        'no-terraform': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    // Node adds advice for arguments that start with a hyphen.
    const [problem] = (error as Error).message.split('. ')
    throw new RangeError(`${problem}.\n\n${usage}`)
  }
}
