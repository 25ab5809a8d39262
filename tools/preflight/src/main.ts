import { parseArgs } from 'node:util'
import { settings } from '@tideway/bootstrap/settings'
import { chosenEnvironmentName, environmentNamed } from '@tideway/constructs/environments'
import { delegationOf, dnsOptions } from '@tideway/terraform/delegation'
import { TerraformToolError } from '@tideway/terraform/errors'
import { emulatorUrl } from '@tideway/terraform/running'
import { StatusLine } from '@tideway/terraform/status-line'
import { awsClients } from './aws'
import { readPolicy } from './calls'
import type { Context } from './context'
import { ghCli } from './gh'
import { needsOf } from './needs'
import { preflight } from './preflight'
import { exitCodeOf, exitCodes, toJson, toText } from './report'
import { synthesizePlatform } from './synthesized'

const usage = `npm run preflight -- -c ENV [options]

Checks the account and the GitHub repository of an environment, before the first deploy and later. It changes nothing.
Each line is ok, wrong (what, what it breaks, the command that fixes it), or not checked (why).

  -c ENV                 the environment
      --json             print the report as JSON (npm run --silent preflight -- ... prints nothing else)
      --strict           exit with ${exitCodes.notChecked} if nothing is wrong but something is not checked
      --timeout SECONDS  the longest that one check may take (default: 30)
      --policy           print the IAM policy that the checks need, and exit

Exit code: ${exitCodes.passed} nothing is wrong, ${exitCodes.wrong} something is wrong, ${exitCodes.unusable} the checks cannot start, ${exitCodes.notChecked} nothing could be checked (or see --strict).
`

function optionsOf(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        configuration: { type: 'string', short: 'c' },
        json: { type: 'boolean' },
        strict: { type: 'boolean' },
        timeout: { type: 'string' },
        policy: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    throw new TerraformToolError(`${error instanceof Error ? error.message : error}\n\n${usage}`)
  }
}

/** What a run prints, and its exit code. */
export async function main(args: readonly string[]): Promise<{ output: string; code: number }> {
  const options = optionsOf(args)
  if (options.help) return { output: usage, code: exitCodes.passed }
  if (options.policy) {
    return { output: `${JSON.stringify(readPolicy(), null, 2)}\n`, code: exitCodes.passed }
  }
  const seconds = Number(options.timeout ?? 30)
  if (!(seconds > 0 && seconds <= 600)) {
    throw new TerraformToolError(
      `--timeout: must be a number of seconds, up to 600; got "${options.timeout}".`,
    )
  }
  const variables = { TIDEWAY_ENV: options.configuration ?? process.env.TIDEWAY_ENV }
  const environment = environmentNamed(chosenEnvironmentName(variables))
  const { name, region, account } = environment
  const isEmulator = environment.endpoints === 'emulator'
  const endpoint = isEmulator ? await emulatorUrl() : process.env.AWS_ENDPOINT_URL || undefined

  const status = new StatusLine(process.stderr, 'preflight: ')
  let progress = 'synthesizing the stacks'
  status.start(() => progress)
  try {
    const platform = await synthesizePlatform(name)
    const timeoutMs = seconds * 1000
    const context: Context = {
      environment,
      platform,
      needs: needsOf(platform),
      // Two attempts of a call that hangs fit into the time of a check.
      aws: awsClients({ region, endpoint, isEmulator, timeoutMs: timeoutMs / 3 }),
      readDelegation: delegationReader(isEmulator),
      gh: ghCli(timeoutMs),
      github: settings[name as keyof typeof settings],
      now: new Date(),
    }
    const results = await preflight(context, {
      timeoutMs,
      onProgress: (done, open) => {
        progress = `${done} of ${done + open.length} checks done; waiting for ${open[0]?.subject ?? 'nothing'}`
      },
    })
    const code = exitCodeOf(results, options.strict === true)
    const header = { environment: name, account, region }
    return { code, output: options.json ? toJson(header, results, code) : toText(header, results) }
  } finally {
    status.stop()
  }
}

function delegationReader(isEmulator: boolean): Context['readDelegation'] {
  const resolver = process.env.TIDEWAY_RESOLVER
  return async (domain, nameServers) => {
    // The names of the emulator exist on this machine only.
    if (isEmulator && !resolver) return { kind: 'unknown', reason: 'the emulator has no resolver' }
    return delegationOf(domain, nameServers, dnsOptions(resolver))
  }
}

if (require.main === module) {
  main(process.argv.slice(2)).then(
    // Exits although calls that hang are still open.
    ({ output, code }) => process.stdout.write(output, () => process.exit(code)),
    (error: Error) => {
      const isForUser = /^(TerraformToolError|InvalidSettingsError)$/.test(error.name)
      process.stderr.write(`${isForUser ? error.message : error.stack}\n`)
      process.exitCode = exitCodes.unusable
    },
  )
}
