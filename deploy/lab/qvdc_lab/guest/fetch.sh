#!/bin/sh
# fetch ADDRESS [PORT]: get the page that another test guest serves, and say what came.
body=$(printf 'GET /index.html HTTP/1.0\r\n\r\n' | nc -w 5 "$1" "${2:-80}" | sed '1,/^\r*$/d')
if [ -n "$body" ]; then
	echo "quantix-guest fetched from=$1 body=$body"
else
	echo "quantix-guest nothing-fetched from=$1"
	exit 1
fi
