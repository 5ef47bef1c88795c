#!/bin/sh
# Makes the certificates anew, all with one key, valid for 100 years but for the one that has expired.
set -eu
cd "$(dirname "$0")"
openssl ecparam -name prime256v1 -genkey -noout -out key.pem
authority() { # file, name
  openssl req -x509 -new -key "$1.key" -subj "/O=circmetrics tests/CN=$2" -days 36500 -out "$1.pem" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign
}
leaf() { # file, CA, CN, days, SAN or nothing
  {
    echo basicConstraints=critical,CA:FALSE
    echo extendedKeyUsage=serverAuth
    [ -z "$5" ] || echo "subjectAltName=$5"
  } >extensions.tmp
  openssl req -new -key key.pem -subj "/O=circmetrics tests/CN=$3" -out request.tmp
  openssl x509 -req -in request.tmp -CA "$2.pem" -CAkey "$2.key" -set_serial "0x$(openssl rand -hex 8)" \
    -days "$4" -extfile extensions.tmp -out "$1.pem"
}
for name in ca other-ca; do openssl ecparam -name prime256v1 -genkey -noout -out "$name.key"; done
authority ca 'Broker CA'
authority other-ca 'Another CA'
leaf cn ca localhost 36500 ''
leaf cn-ip ca 127.0.0.1 36500 ''
leaf wrong-cn ca broker.example.com 36500 ''
leaf other-issuer other-ca localhost 36500 ''
leaf expired ca localhost -1 ''
leaf san ca broker.example.com 36500 DNS:localhost
leaf wrong-san ca localhost 36500 DNS:broker.example.com
leaf wrong-san-ip ca localhost 36500 IP:192.0.2.1
openssl req -x509 -new -key key.pem -subj '/O=circmetrics tests/CN=localhost' -days 36500 -out self-signed.pem
# Nobody shall sign more with them.
rm -f ca.key other-ca.key request.tmp extensions.tmp
