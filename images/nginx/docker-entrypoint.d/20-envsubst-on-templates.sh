#!/bin/sh
# Fills the environment into /etc/nginx/templates/NAME.template and writes conf.d/NAME. Only variables that
# are set are replaced: nginx's own $host and $uri stay.
set -e

templates=${NGINX_ENVSUBST_TEMPLATE_DIR:-/etc/nginx/templates}
suffix=${NGINX_ENVSUBST_TEMPLATE_SUFFIX:-.template}
output=${NGINX_ENVSUBST_OUTPUT_DIR:-/etc/nginx/conf.d}

[ -d "$templates" ] || exit 0
if [ ! -w "$output" ]; then
  echo "$0: $output is not writable: the templates in $templates are not used" >&2
  exit 0
fi

variables=$(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p' | grep -E "${NGINX_ENVSUBST_FILTER:-}" | sed 's/.*/${&}/')
find "$templates" -follow -type f -name "*$suffix" | while read -r template; do
  file=${template#"$templates"/}
  file=$output/${file%"$suffix"}
  mkdir -p "$(dirname "$file")"
  echo "$0: $template to $file"
  envsubst "$variables" <"$template" >"$file"
done
