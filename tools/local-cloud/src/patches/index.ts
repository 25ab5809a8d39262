import type { MotoPatch } from '../gateway/moto-patch'
import { trackingAlarms } from '../scaling/tracking-alarms'
import { ApplicationAutoscaling } from './application-autoscaling'
import { autoscaling } from './autoscaling'
import { CloudFront } from './cloudfront'
import { CloudWatch } from './cloudwatch'
import { CodeDeploy } from './codedeploy'
import { Ec2 } from './ec2'
import { EcsServices } from './ecs'
import { ElastiCache } from './elasticache'
import { elasticLoadBalancing } from './elasticloadbalancing'
import { Fis } from './fis'
import { iam } from './iam'
import { Lambda } from './lambda'
import { ManagedSecrets } from './managed-secrets'
import { Rds } from './rds'
import { route53 } from './route53'
import { s3 } from './s3'
import { sqs } from './sqs'
import { stepFunctions } from './step-functions'
import { sts } from './sts'
import { wafv2 } from './wafv2'

/** All patches. A drought also needs those that are returned by name. */
export function motoPatches() {
  const scaling = new ApplicationAutoscaling()
  const cloudWatch = new CloudWatch(() => trackingAlarms(scaling.policies))
  const codeDeploy = new CodeDeploy()
  const ecs = new EcsServices()
  const fis = new Fis()
  const lambda = new Lambda()
  const secrets = new ManagedSecrets()
  const all: MotoPatch[] = [
    scaling.patch,
    autoscaling(),
    new CloudFront(),
    cloudWatch,
    codeDeploy.patch,
    new Ec2(),
    ecs.patch,
    new ElastiCache(),
    elasticLoadBalancing(),
    fis,
    iam(),
    lambda,
    new Rds(secrets),
    secrets.patch,
    route53(),
    s3(),
    sqs(),
    stepFunctions(),
    sts(),
    wafv2(),
  ]
  return { all, cloudWatch, codeDeploy, ecs, fis, lambda, scaling }
}
