/** One JSON line a request; $remote_addr in an arm is the visitor's, handed over in X-Real-IP. */
export function logFormat(name: string, app: string, release: string): string {
  return `log_format muelle-${name} escape=json
  '{"time":"$time_iso8601","app":"${app}","release":"${release}","client":"$remote_addr",'
  '"method":"$request_method","host":"$host","uri":"$uri","status":$status,"bytes":$body_bytes_sent,'
  '"duration":$request_time,"upstream":"$upstream_addr","upstreamDuration":"$upstream_response_time",'
  '"userAgent":"$http_user_agent"}';
`
}
