(module
 (type $0 (func (param i32 i64) (result i32)))
 (import "e" "m" (memory $mimport$0 1))
 (export "0" (func $0))
 (export "1" (func $1))
 (func $0 (param $0 i32) (param $1 i64) (result i32)
  (local $2 i32)
  (local $3 i32)
  (local $4 i32)
  (local $5 i32)
  (local $6 i32)
  (local $7 i32)
  (local $8 i32)
  (local $9 i32)
  (local $10 i64)
  (local $11 i64)
  (local $12 i64)
  (local $13 i64)
  (local $14 i64)
  (local $15 f64)
  (local $16 f64)
  (local $17 i64)
  (local $18 i64)
  (local $19 i64)
  (local.set $2
   (i32.load offset=70412 align=1
    (i32.const 0)
   )
  )
  (local.set $3
   (i32.load offset=70416 align=1
    (i32.const 0)
   )
  )
  (local.set $4
   (i32.load offset=70492 align=1
    (i32.const 0)
   )
  )
  (local.set $18
   (i64.load offset=69640 align=1
    (i32.const 0)
   )
  )
  (local.set $17
   (i64.load offset=69712 align=1
    (i32.const 0)
   )
  )
  (local.set $19
   (i64.load offset=69728 align=1
    (i32.const 0)
   )
  )
  (block $block3
   (loop $label
    (block $block2
     (block $block
      (block $block1
       (br_table $block $block1
        (local.get $0)
       )
      )
      (local.set $2
       (i32.sub
        (local.get $2)
        (i32.const 2)
       )
      )
      (local.set $17
       (i64.add
        (local.get $17)
        (i64.const 1)
       )
      )
      (local.set $0
       (i32.const 0)
      )
      (br $block)
     )
     (local.set $2
      (i32.sub
       (local.get $2)
       (i32.const 1)
      )
     )
     (local.set $18
      (i64.add
       (local.get $1)
       (i64.const 4)
      )
     )
     (br $block2)
    )
    (local.set $2
     (i32.sub
      (local.get $2)
      (i32.const 2)
     )
    )
    (local.set $19
     (i64.add
      (local.get $19)
      (i64.const 2)
     )
    )
    (local.set $10
     (i64.and
      (i64.add
       (local.get $18)
       (i64.const 0)
      )
      (i64.const -2)
     )
    )
    (if
     (i32.and
      (i64.eq
       (i64.and
        (local.get $10)
        (i64.const -4096)
       )
       (local.get $1)
      )
      (i32.eqz
       (i32.lt_s
        (local.get $2)
        (i32.const 5)
       )
      )
     )
     (then
      (if
       (i32.ge_u
        (local.tee $6
         (i32.load16_u offset=8405120 align=1
          (i32.and
           (i32.wrap_i64
            (local.get $10)
           )
           (i32.const 4094)
          )
         )
        )
        (i32.const 32768)
       )
       (then
        (if
         (i32.eq
          (i32.shr_u
           (local.tee $6
            (i32.load offset=117309440 align=1
             (i32.shl
              (local.get $6)
              (i32.const 2)
             )
            )
           )
           (i32.const 16)
          )
          (i32.const 64)
         )
         (then
          (local.set $0
           (i32.and
            (local.get $6)
            (i32.const 65535)
           )
          )
          (br $label)
         )
        )
       )
      )
     )
    )
    (br $block3)
   )
  )
  (i64.store offset=69640 align=1
   (i32.const 0)
   (local.get $18)
  )
  (i64.store offset=69712 align=1
   (i32.const 0)
   (local.get $17)
  )
  (i64.store offset=69728 align=1
   (i32.const 0)
   (local.get $19)
  )
  (i32.store offset=70412 align=1
   (i32.const 0)
   (local.get $2)
  )
  (i64.store offset=70144 align=1
   (i32.const 0)
   (local.get $10)
  )
  (local.get $7)
 )
 (func $1 (param $0 i32) (param $1 i64) (result i32)
  (local $2 i32)
  (local $3 i32)
  (local $4 i32)
  (local $5 i32)
  (local $6 i32)
  (local $7 i32)
  (local $8 i32)
  (local $9 i32)
  (local $10 i64)
  (local $11 i64)
  (local $12 i64)
  (local $13 i64)
  (local $14 i64)
  (local $15 f64)
  (local $16 f64)
  (local $17 i64)
  (local $18 i64)
  (local.set $2
   (i32.load offset=70412 align=1
    (i32.const 0)
   )
  )
  (local.set $3
   (i32.load offset=70416 align=1
    (i32.const 0)
   )
  )
  (local.set $4
   (i32.load offset=70492 align=1
    (i32.const 0)
   )
  )
  (local.set $18
   (i64.load offset=69640 align=1
    (i32.const 0)
   )
  )
  (local.set $17
   (i64.load offset=69728 align=1
    (i32.const 0)
   )
  )
  (block $block1
   (loop $label
    (block $block
     (br_table $block
      (local.get $0)
     )
    )
    (local.set $2
     (i32.sub
      (local.get $2)
      (i32.const 2)
     )
    )
    (local.set $17
     (i64.add
      (local.get $17)
      (i64.const 2)
     )
    )
    (local.set $10
     (i64.and
      (i64.add
       (local.get $18)
       (i64.const 0)
      )
      (i64.const -2)
     )
    )
    (if
     (i32.and
      (i64.eq
       (i64.and
        (local.get $10)
        (i64.const -4096)
       )
       (local.get $1)
      )
      (i32.eqz
       (i32.lt_s
        (local.get $2)
        (i32.const 2)
       )
      )
     )
     (then
      (if
       (i32.ge_u
        (local.tee $6
         (i32.load16_u offset=8405120 align=1
          (i32.and
           (i32.wrap_i64
            (local.get $10)
           )
           (i32.const 4094)
          )
         )
        )
        (i32.const 32768)
       )
       (then
        (if
         (i32.eq
          (i32.shr_u
           (local.tee $6
            (i32.load offset=117309440 align=1
             (i32.shl
              (local.get $6)
              (i32.const 2)
             )
            )
           )
           (i32.const 16)
          )
          (i32.const 65)
         )
         (then
          (local.set $0
           (i32.and
            (local.get $6)
            (i32.const 65535)
           )
          )
          (br $label)
         )
        )
       )
      )
     )
    )
    (br $block1)
   )
  )
  (i64.store offset=69728 align=1
   (i32.const 0)
   (local.get $17)
  )
  (i32.store offset=70412 align=1
   (i32.const 0)
   (local.get $2)
  )
  (i64.store offset=70144 align=1
   (i32.const 0)
   (local.get $10)
  )
  (local.get $7)
 )
)
