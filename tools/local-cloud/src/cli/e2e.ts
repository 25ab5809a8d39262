import { type StackName, stackNames } from '@tideway/constructs/stacks'
import { elapsed } from '@tideway/terraform/progress'
import { ciRoleArn } from '../access/callers'
import { Synthesized } from '../delivery/synthesized'
import type { LocalCloud } from '../local-cloud'
import { pathDifferences } from '../path/path-differences'
import { PathReader } from '../path/read-path'
import { silentAlarms } from './alarm-causes'
import { type Deployment, stackFolder } from './deployment'
import { runDrill } from './drill'
import { faults } from './faults'
import { ec2Client, leftoverResources } from './leftover-resources'
import { operatorProblems } from './operator'
import { outsideChanges } from './outside-changes'
import { parentZone } from './parent-zone'
import { releaseProblems } from './releases'
import { requestProblems } from './requests'
import { scheduledProblems } from './scheduled'

export interface EndToEndProps {
  readonly cloud: LocalCloud
  readonly deployment: Deployment
  /** Starts another AWS with what `cloud` has at its last checkpoint. */
  readonly startCopy: () => Promise<LocalCloud>
  /** Also starts with a new domain, cuts off the deploy of each stack, runs a slower drill, and deploys again after the destroy. */
  readonly isLong: boolean
  readonly print: (line: string) => void
  readonly isStopped: () => boolean
}

/** In the order of a destroy: those that no drill needs and that refer to no resource of compute, then compute and the others. */
const destroyed = [...stackNames].reverse()
const laterStacks = destroyed.slice(0, destroyed.indexOf('compute'))
const otherStacks = destroyed.slice(laterStacks.length)

/** As many of the called actions are taken from their roles, which must then deny the recorded calls. */
const takenActions = 80

/**
 * Creates the roles of CI, deploys and plans again under them, runs drills, injects faults, destroys, and searches for
 * leftover resources. The provider mostly waits, so whatever does not depend on each other runs at the same time.
 */
export async function endToEnd(props: EndToEndProps): Promise<boolean> {
  const { cloud, deployment, isLong, print, isStopped } = props
  const counts = { passed: 0, failed: 0 }
  const check = async (what: string, run: () => Promise<unknown>) => {
    if (isStopped()) return
    const started = performance.now()
    const problem = await run().then(
      () => '',
      (error: Error) => error.message,
    )
    const result = problem === '' ? 'passed' : 'failed'
    counts[result]++
    const duration = elapsed(performance.now() - started)
    print(`${result === 'passed' ? result : 'FAILED'}  ${what} (${duration})`)
    if (problem !== '') print(problem)
  }
  let deploys: ReadonlyMap<StackName, Promise<void>> | undefined
  const deploy = async (stack: StackName) => {
    if (isLong) await check(`a deploy of ${stack} is cut off`, () => deployment.cutOff(stack))
    else deploys ??= deployment.deploys(stackNames)
    await check(`${stack} deploys`, async () => {
      if (deploys !== undefined) return deploys.get(stack)
      await deployment.deploy([stack]).catch(async (error: Error) => {
        if (!(await deleteUntracked(cloud, error.message))) throw error
        await deployment.deploy([stack])
      })
    })
  }
  const planAgain = async (stack: StackName) => {
    const changes = outsideChanges.filter((change) => change.stack === stack)
    const after =
      changes.length === 0 ? '' : `, after ${changes.map(({ what }) => what).join(', ')}`
    await check(`a second plan of ${stack} has no changes${after}`, async () => {
      const reverts: (() => Promise<unknown>)[] = []
      try {
        for (const change of changes) reverts.unshift(await change.make(cloud))
        throwIfAny([await deployment.changesOf(stack)])
      } finally {
        // The drills start from what was deployed.
        for (const revert of reverts) await revert()
      }
    })
  }
  let bootstrapped: Promise<void> = Promise.resolve()
  await new Promise<void>((resolve) => {
    bootstrapped = check('bootstrap creates the state bucket and the roles of CI', () =>
      deployment.bootstrap(resolve),
    ).finally(resolve)
  })
  await deploy('network')
  await bootstrapped
  // The deploy of data mostly waits, so there is processor time for these.
  const plans = [
    check('preflight finds nothing wrong', async () => print(await deployment.preflight()))
      .then(() => planAgain('network'))
      .then(() => planInProd(deployment, check)),
  ]
  await deploy('data')
  plans.push(planAgain('data').then(() => failWithout('ec2:DescribeVpcs', 'network', props, check)))
  const parent = isLong ? await parentZone() : undefined
  if (parent !== undefined) {
    deployment.variables = { ...deployment.variables, TIDEWAY_RESOLVER: parent.resolver }
    await check('compute does not start without a delegation of the domain', async () => {
      parent.delegateAfterNextQuestion(await printedNameServers(cloud, deployment))
    })
  }
  await deploy('compute')
  await check('the roles of services allow their calls', async () =>
    throwIfAny(await cloud.roles.deniedServiceCalls(cloud.aws)),
  )
  const laterDeployed = (async () => {
    for (const stack of [...laterStacks].reverse()) await deploy(stack).then(() => planAgain(stack))
  })()
  // A drill has the same result at any speed.
  for (const speed of isLong ? [300, 1200] : [1200]) {
    await check(`a drill at ${speed} times real time passes`, async () => {
      const { hasPassed } = await drill(props, speed, print)
      if (!hasPassed) throw new Error('see the failures above')
    })
  }
  await check('each alarm of the failover goes off, and returns to OK', async () =>
    throwIfAny(await silentAlarms(cloud)),
  )
  await check('the scheduled service runs through a drought', async () =>
    throwIfAny(await scheduledProblems(cloud)),
  )
  await check("each of the operator's commands works before, in and after a drought", async () =>
    throwIfAny(await operatorProblems(cloud)),
  )
  await laterDeployed
  cloud.stopSimulation()
  const broken = breakCopy(props, check)
  const laterDestroyed =
    laterStacks.length > 0 &&
    check(`${laterStacks.join(' and ')} is destroyed`, () => deployment.destroy(laterStacks))
  await planAgain('compute')
  await Promise.all(plans)
  // The provider waits five minutes for the end of a fleet, unless it is gone. The long run destroys one by Terraform.
  await check('an operator deletes the EC2 fleet', () => deleteFleets(cloud))
  await check('the other stacks are destroyed', () => deployment.destroy(otherStacks))
  await Promise.all([laterDestroyed, broken])
  const nothingIsLeft = () =>
    check('no resource is left', async () => throwIfAny(await leftoverResources(cloud)))
  if (isLong) {
    await nothingIsLeft()
    await check('all stacks deploy again, under the same names', () =>
      deployment.deploy(stackNames),
    )
    await Promise.all(
      stackNames.map((stack) =>
        check(`a plan of ${stack} has no changes`, async () =>
          throwIfAny([await deployment.changesOf(stack)]),
        ),
      ),
    )
    await check('all stacks are destroyed again', async () => {
      await Promise.all([
        deployment.destroy(laterStacks),
        deployment.destroyResources('compute', 'aws_ec2_fleet'),
      ])
      await deployment.destroy(otherStacks)
    })
  }
  await checkRoles(props, check)
  await nothingIsLeft()
  await parent?.close()
  print(`Checks: ${counts.passed} passed, ${counts.failed} failed`)
  return counts.failed === 0 && !isStopped()
}

/**
 * Restores what is deployed on a second AWS, and breaks it there: what is deployed can be planned again and destroyed in
 * the meantime.
 */
async function breakCopy(props: EndToEndProps, check: Check): Promise<void> {
  let copy: LocalCloud | undefined
  await check('a restart restores what is deployed', async () => {
    props.cloud.checkpoint()
    copy = await props.startCopy()
  })
  if (copy === undefined) return
  await breakDeployed({ ...props, cloud: copy }, check)
  await copy.close()
}

/** Injects each fault alone into the paths of events and of requests, and into a release. */
async function breakDeployed(props: EndToEndProps, check: Check): Promise<void> {
  const { cloud } = props
  for (const { what, failure, alarm, inject } of faults) {
    await check(`a drill detects that ${what} is broken`, async () => {
      const restore = await inject(cloud)
      try {
        const { failures, messages } = await drill(props, 3000, () => {})
        if (!failures.some((each) => failure.test(each))) {
          throw new Error(`none of these failures matches ${failure}:\n${failures.join('\n')}`)
        }
        const subjects = messages.map(({ subject }) => subject)
        const name = `tideway-local-failover-${alarm}"`
        if (alarm === undefined || subjects.some((each) => each.startsWith(`ALARM: "${name}`)))
          return
        throw new Error(`the alarm ${alarm} does not go off:\n${subjects.join('\n')}`)
      } finally {
        await restore()
      }
    })
  }
  await check('the synthesized path of requests is the deployed one', async () => {
    const folders = Object.fromEntries(stackNames.map((name) => [name, stackFolder(name)]))
    const deployed = await new PathReader(cloud.url).read()
    throwIfAny(pathDifferences(deployed, new Synthesized(folders).path()))
  })
  await check('requests pass what is deployed, and each fault in their path is named', async () =>
    throwIfAny(await requestProblems(cloud)),
  )
  await check('a canary release succeeds, and a broken one is rolled back by its alarm', async () =>
    throwIfAny(await releaseProblems(cloud)),
  )
}

async function drill(
  { cloud, isStopped }: EndToEndProps,
  speed: number,
  print: (line: string) => void,
) {
  const simulation = await cloud.startSimulation(1)
  const report = await runDrill({ simulation, speed, print, isStopped })
  return { ...report, messages: simulation.monitoring.alarms.messages.all }
}

/** The name servers that a deploy of compute prints when it stops before it starts. Throws where it does more or less. */
async function printedNameServers(cloud: LocalCloud, deployment: Deployment): Promise<string[]> {
  const message = await deployment.deploy(['compute']).then(
    () => 'it deploys',
    (error: Error) => error.message,
  )
  const printed = [...message.matchAll(/^compute:\s+(ns-\S+)$/gm)].map(([, name = '']) => name)
  const stack = (await cloud.stacks()).find(({ name }) => name === 'compute')
  const expected = await cloud.nameServers()
  const isStopped = message.includes('compute in local: nothing is deployed')
  if (isStopped && String(printed) === String(expected) && stack?.addresses.length === 0) {
    return printed
  }
  throw new Error(
    `expected these name servers: ${expected}, and no resource of compute; got ${stack?.addresses}, and\n${message}`,
  )
}

/** Plans all stacks of prod under its roles, in an account of its own. */
async function planInProd(deployment: Deployment, check: Check) {
  await check('the roles of prod are created in its account', () => deployment.prepare('prod'))
  for (const stack of stackNames) {
    await check(`${stack} plans under its role in prod`, () => deployment.planIn('prod', stack))
  }
}

type Check = (what: string, run: () => Promise<unknown>) => Promise<void>

/** Takes an action from the plan role of a stack, and checks that the plan fails and names it. */
async function failWithout(
  action: string,
  stack: StackName,
  { cloud, deployment }: EndToEndProps,
  check: Check,
) {
  await check(`a plan of ${stack} fails and names the action that its role lacks`, async () => {
    const restore = cloud.roles.take(ciRoleArn('local', stack, 'plan'), action)
    try {
      const message = await deployment.changesOf(stack).then(
        () => 'the plan succeeds',
        (error: Error) => error.message,
      )
      const words = `not authorized to perform: ${action}`
      if (!message.replace(/\s+/g, ' ').includes(words)) throw new Error(message)
    } finally {
      restore()
    }
  })
}

/** Checks the roles of CI by the calls that Terraform made. */
async function checkRoles({ cloud, print }: EndToEndProps, check: Check) {
  const { roles } = cloud
  await check('Terraform made no call outside its roles', async () => throwIfAny([...roles.denied]))
  print(`Calls that cannot be judged: ${roles.unknown.size}`)
  for (const line of roles.unknown) print(`  ${line}`)
  await check(`each of ${takenActions} actions is denied once its role lacks it`, async () => {
    const { taken, survivors } = await roles.survivors(takenActions)
    if (taken < takenActions) throw new Error(`only ${taken} actions were called`)
    throwIfAny(survivors)
  })
}

/**
 * Deletes a launch template that a deploy created, but did not write into its state before it was cut off. Returns whether
 * the message of the next deploy names one.
 */
async function deleteUntracked({ url }: LocalCloud, message: string): Promise<boolean> {
  const hint = 'AWS has this already, and the state of compute does not'
  const name = /creating EC2 Launch Template \(([\w-]+)\)/.exec(message)?.[1]
  if (name === undefined || !message.includes(hint)) return false
  const ec2 = await ec2Client(url)
  await ec2.deleteLaunchTemplate({ LaunchTemplateName: name })
  return true
}

async function deleteFleets({ url }: LocalCloud): Promise<void> {
  const ec2 = await ec2Client(url)
  const { Fleets = [] } = await ec2.describeFleets({})
  const FleetIds = Fleets.flatMap(({ FleetId }) => FleetId ?? [])
  await ec2.deleteFleets({ FleetIds, TerminateInstances: true })
}

function throwIfAny(problems: readonly string[]): void {
  const text = problems.join('\n')
  if (text !== '') throw new Error(text)
}
